"""One thin class per step: template fields, one call, the audit lines, the XCom value."""
