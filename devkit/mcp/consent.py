"""What the user is asked before the real cloud is reached; pydantic comes with the mcp extra."""

from pydantic import BaseModel, Field


class Consent(BaseModel):
    """The user's answer."""

    agree: bool = Field(description="Yes, do it on the real cloud")
