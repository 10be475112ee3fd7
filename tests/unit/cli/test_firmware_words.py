"""What a device under test says reaches a report without controls of a terminal, and without keys."""

from typing import Any
from xml.etree import ElementTree

from devkit.cli.firmware_report import html_page, junit_xml
from devkit.firmware.check.finding import FirmwareCheck, FirmwareFinding, FirmwareOutcome


async def nothing(bench: Any) -> list[FirmwareFinding]:
    return []


def test_a_report_is_xml_whatever_the_device_sends() -> None:
    check = FirmwareCheck("name", "rule", 4, "cure", nothing)
    payload = {"text": "\x1b]0;title\x07\x00", "app_bind_token": "s3cretvalue", "tag": "<a>&"}
    finding = FirmwareFinding("It sent \x00\x1b[2J.", "$thing/up/service/\x08", payload)
    made = junit_xml([FirmwareOutcome(check, [finding])])
    failure = ElementTree.fromstring(made).find("testcase/failure")
    assert failure is not None
    assert "name" in str(failure.text)
    assert "s3cretvalue" not in made
    page = html_page([FirmwareOutcome(check, [finding])], "P/D", 1)
    assert "s3cretvalue" not in page
    assert "<a>" not in page
    assert not [letter for letter in made if not letter.isprintable() and letter != "\n"]
