"""Limits and life times that the document leaves open or gives in examples only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Numbers that tests may lower; times in seconds. Unverified except share_token_s.

    Source: docs/reference/app-api.yaml actions.AppDescribeShareDeviceToken.example for share_token_s.
    """

    family_devices: int = 1000
    user_shared_devices: int = 100
    device_shared_users: int = 20
    automations: int = 100
    history: int = 20_000
    messages: int = 1000
    session_s: int = 30 * 86400
    share_token_s: int = 7 * 86400
    bind_token_s: int = 600
    invite_s: int = 7 * 86400
    signature_s: int = 300
    action_s: float = 10.0
    silence_s: float = 150.0
