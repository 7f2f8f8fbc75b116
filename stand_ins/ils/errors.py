"""What may go wrong with an admin call."""


class AdminError(Exception):
    """The admin call cannot be carried out; `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
