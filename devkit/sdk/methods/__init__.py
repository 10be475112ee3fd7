"""The SDK members that run in Python, one module per chapter of the SDK's document."""
