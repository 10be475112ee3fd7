"""How firmware is pointed at the emulator, for each kind of SDK.

Source: docs/reference/device-side.md sections 1 and 7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

APPID, CONNECTION, EXPIRY = "21010406", "devkt", "2147483647"
C_FILE = "sdk_src/internal_inc/qcloud_iot_common.h"


@dataclass(frozen=True)
class Target:
    """What the lines are made of. address is how a board calls this machine; signed is the password's hex."""

    address: str
    port: int
    tls_port: int
    http_port: int
    product_id: str
    device_name: str
    secret: str
    product_secret: str
    signed: str

    @property
    def client_id(self) -> str:
        """Return the MQTT client id."""
        return self.product_id + self.device_name

    @property
    def username(self) -> str:
        """Return a user name that does not expire before 2038."""
        return username(self.client_id)


def username(client_id: str) -> str:
    """Return the user name of a client id."""
    return f"{client_id};{APPID};{CONNECTION};{EXPIRY}"


def _dns(target: Target) -> str:
    return f"""\
Names, in a router's or dnsmasq's configuration:
  address=/iotcloud.tencentdevices.com/{target.address}
  address=/gateway.tencentdevices.com/{target.address}
or in the hosts file of the machine that the firmware runs on:
  {target.address} {target.product_id}.iotcloud.tencentdevices.com gateway.tencentdevices.com"""


def _c(target: Target) -> str:
    return f"""\
C SDK (qcloud-iot-explorer-sdk-embedded-c)

Its device_info.json:
  {{"auth_mode": "KEY", "productId": "{target.product_id}", "productSecret": "{target.product_secret}",
   "deviceName": "{target.device_name}", "key_deviceinfo": {{"deviceSecret": "{target.secret}"}}}}

No change of code: let its names lead here, and give it its usual ports.
{_dns(target)}
  devkit dev --mqtt --host {target.address} --mqtt-http-port 80
Plain MQTT: build with FEATURE_AUTH_WITH_NOTLS ON. TLS with the device's key: port 8883, on Python 3.13.

Or macros in {C_FILE}; the ProductId is still put before the domain:
  #define MQTT_SERVER_PORT_NOTLS  {target.port}
  #define MQTT_SERVER_PORT_TLS    {target.tls_port}
  #define DYN_REG_SERVER_URL      "{target.address}"
  #define DYN_REG_SERVER_PORT     {target.http_port or "the port of files_url"}

Firmware files: the SDK leaves out the port of an address, so that they have to be on port 80.
Buffers are 2048 bytes; the timeline warns of longer messages."""


def _arduino(target: Target) -> str:
    return f"""\
Arduino, ESP8266, ESP32 with PubSubClient: no DNS, no HMAC at run time

  WiFiClient net;
  PubSubClient mqtt(net);
  mqtt.setServer("{target.address}", {target.port});
  mqtt.setBufferSize(2048);
  mqtt.connect("{target.client_id}",
               "{target.username}",
               "{target.signed};hmacsha1");
  mqtt.subscribe("$thing/down/property/{target.product_id}/{target.device_name}");
  mqtt.publish("$thing/up/property/{target.product_id}/{target.device_name}",
               "{{\\"method\\":\\"report\\",\\"clientToken\\":\\"1\\",\\"params\\":{{}}}}");

Answer a control with {{"method":"control_reply","clientToken":<that of the control>,"code":0}},
then report the new values. Never answer a message that has no method."""


def _java(target: Target) -> str:
    return f"""\
Java and Android SDK (iot-device-java)

Give its connection the server by the constructor's serverURI:
  tcp://{target.address}:{target.port}
  ProductId {target.product_id}, DeviceName {target.device_name}, DeviceSecret {target.secret}
Without serverURI it uses tcp:// and port 1883 of the platform's names:
{_dns(target)}"""


def _python(target: Target) -> str:
    return f"""\
Python SDK (tencent-iot-device)

  pip install --no-deps tencent-iot-device paho-mqtt==1.5.1 pycryptodome
Its device_info.json:
  {{"auth_mode": "KEY", "productId": "{target.product_id}", "productSecret": "{target.product_secret}",
   "deviceName": "{target.device_name}", "key_deviceinfo": {{"deviceSecret": "{target.secret}"}},
   "cert_deviceinfo": {{"devCaFile": "", "devCertFile": "", "devPrivateKeyFile": ""}}, "region": "china"}}
  QcloudExplorer(device_file="device_info.json", tls=False)

tls=False, since its TLS does not work on Python 3.10 and later. Its port is always 1883, so leave --mqtt-port
as it is, and let its names lead here.
{_dns(target)}
After it has connected again it has to subscribe again."""


GUIDES: Mapping[str, Callable[[Target], str]] = {
    "c": _c,
    "arduino": _arduino,
    "java": _java,
    "python": _python,
}
