"""How firmware is pointed at the emulator, for each kind of SDK.

Source: docs/reference/device-side.md sections 1 and 7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from devkit.language import _, marked

APPID, CONNECTION, EXPIRY = "21010406", "devkt", "2147483647"
C_FILE = "sdk_src/internal_inc/qcloud_iot_common.h"
NAMES = marked("Names, in a router's or dnsmasq's configuration:")
CMAKE = marked("""\
In CMakeLists.txt, one of
  plain            set(FEATURE_AUTH_MODE "KEY")   set(FEATURE_AUTH_WITH_NOTLS ON)
  TLS, its key     set(FEATURE_AUTH_MODE "KEY")   set(FEATURE_AUTH_WITH_NOTLS OFF)   on Python 3.13
  TLS, certificate set(FEATURE_AUTH_MODE "CERT")  and "auth_mode": "CERT"; the files of
                   `devkit device guide --certificates certs` in ./certs, and devices-ca.crt in place of
                   iot_ca_crt in sdk_src/utils/qcloud_iot_ca.c (iot_https_ca_crt for files over HTTPS)""")
ANSWERS = marked("""\
Answer a control with {"method":"control_reply","clientToken":<that of the control>,"code":0},
then report the new values. Never answer a message that has no method.""")
CONSTRUCTOR = marked(
    "Its constructor takes the server, or null for the platform's names and tcp:// port 1883:"
)
NO_TLS = marked("""\
tls=False, since its TLS does not work on Python 3.10 and later. Its port is always 1883, so leave
--mqtt-port as it is, and let its names lead here; with useWebsocket=True they are those of iothub, and the
port is 80.""")


@dataclass(frozen=True)
class Target:
    """What the lines are made of. address is how firmware calls this machine; signed is the password's hex.

    lan is the address that boards need when address is this machine alone, "" otherwise.
    """

    address: str
    port: int
    tls_port: int
    http_port: int
    https_port: int
    product_id: str
    device_name: str
    secret: str
    product_secret: str
    signed: str
    lan: str = ""

    @property
    def client_id(self) -> str:
        """Return the MQTT client id."""
        return self.product_id + self.device_name

    @property
    def username(self) -> str:
        """Return a user name that does not expire before 2038."""
        return username(self.client_id)

    @property
    def url(self) -> str:
        """Return where and who in one line, as a code to scan holds it."""
        names = {"productId": self.product_id, "deviceName": self.device_name, "deviceSecret": self.secret}
        return f"mqtt://{self.address}:{self.port}?{urlencode(names)}"


def username(client_id: str) -> str:
    """Return the user name of a client id."""
    return f"{client_id};{APPID};{CONNECTION};{EXPIRY}"


def reach(target: Target) -> str:
    """Say who can reach the broker that the lines name."""
    if not target.lan:
        return _(f"For boards in the network of {target.address}: start devkit with --host {target.address}.")
    return _(
        f"Without --host the broker listens on this machine alone, at {target.address}. For boards give\n"
        f"--host {target.lan} to devkit dev or devkit cloud serve, and to this command."
    )


def _dns(target: Target) -> str:
    return f"""\
{_(NAMES)}
  address=/tencentdevices.com/{target.address}
  address=/devicelog.iot.cloud.tencent.com/{target.address}
{_("or in the hosts file of the machine that the firmware runs on:")}
  {target.address} {target.product_id}.iotcloud.tencentdevices.com gateway.tencentdevices.com
  {target.address} ap-guangzhou.gateway.tencentdevices.com devicelog.iot.cloud.tencent.com"""


def _c(target: Target) -> str:
    return f"""\
C SDK (qcloud-iot-explorer-sdk-embedded-c)

{_("Its device_info.json:")}
  {{"auth_mode": "KEY", "productId": "{target.product_id}", "productSecret": "{target.product_secret}",
   "deviceName": "{target.device_name}", "key_deviceinfo": {{"deviceSecret": "{target.secret}"}},
   "cert_deviceinfo": {{"devCertFile": "{target.client_id}_cert.crt",
                       "devPrivateKeyFile": "{target.client_id}_private.key"}},
   "region": "china"}}

{_("No change of code: let its names lead here, and give it its usual ports.")}
{_dns(target)}
  devkit dev --mqtt --host {target.lan or target.address} --mqtt-http-port 80 --mqtt-https-port 443

{_(CMAKE)}

{_(f"Or macros in {C_FILE}; the ProductId is still put before the domain:")}
  #define QCLOUD_IOT_MQTT_DIRECT_DOMAIN  "iotcloud.tencentdevices.com"   {_("a domain that leads here")}
  #define MQTT_SERVER_PORT_NOTLS   {target.port}
  #define MQTT_SERVER_PORT_TLS     {target.tls_port}
  #define DYN_REG_SERVER_URL       "{target.address}"
  #define DYN_REG_SERVER_PORT      {target.http_port or _("<that of --mqtt-http-port>")}
  #define DYN_REG_SERVER_PORT_TLS  {target.https_port or _("<that of --mqtt-https-port>")}

{_("Firmware files: the SDK leaves out the port of an address, so that they have to be on port 80.")}
{_("Buffers are 2048 bytes; the timeline warns of longer messages.")}"""


def _arduino(target: Target) -> str:
    return f"""\
{_("Arduino, ESP8266, ESP32 with PubSubClient: no DNS, no HMAC at run time")}

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

{_(ANSWERS)}"""


def _java(target: Target) -> str:
    return f"""\
{_("Java and Android SDK (iot-device-java)")}

{_(CONSTRUCTOR)}
  new TXDataTemplateClient("tcp://{target.address}:{target.port}",
      "{target.product_id}", "{target.device_name}", "{target.secret}",
      null, null, callBack, "thing-model.json", downStreamCallBack)
{_(f'With a certificate: "ssl://{target.address}:{target.tls_port}", null as the secret, and')}
  options.setSocketFactory(AsymcSslUtils.getSocketFactoryByFile(cert, key))
{_("after devices-ca.crt has taken the place of the authority in AsymcSslUtils.")}
{_dns(target)}"""


def _python(target: Target) -> str:
    return f"""\
Python SDK (tencent-iot-device)

  pip install --no-deps tencent-iot-device paho-mqtt==1.5.1 pycryptodome
{_("Its device_info.json:")}
  {{"auth_mode": "KEY", "productId": "{target.product_id}", "productSecret": "{target.product_secret}",
   "deviceName": "{target.device_name}", "key_deviceinfo": {{"deviceSecret": "{target.secret}"}},
   "cert_deviceinfo": {{"devCaFile": "", "devCertFile": "", "devPrivateKeyFile": ""}}, "region": "china"}}
  from explorer.explorer import QcloudExplorer
  QcloudExplorer(device_file="device_info.json", tls=False)

{_(NO_TLS)}
{_dns(target)}
{_("After it has connected again it has to subscribe again.")}"""


GUIDES: Mapping[str, Callable[[Target], str]] = {
    "c": _c,
    "arduino": _arduino,
    "java": _java,
    "python": _python,
}
