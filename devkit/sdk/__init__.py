"""The fake of window.h5PanelSdk: member table, sessions and methods."""

from devkit.phone.mini_program import MiniProgram as MiniProgram
from devkit.sdk.link import Link as Link
from devkit.sdk.link_playwright import BindingHost as BindingHost
from devkit.sdk.link_websocket import WebSocketLink as WebSocketLink
from devkit.sdk.panel_data import Variant as Variant
from devkit.sdk.session import Session as Session
from devkit.sdk.simulator import Simulator as Simulator
from devkit.timeline.kinds import MiniProgramCall as MiniProgramCall
from devkit.timeline.timeline import Entry as Entry
from devkit.timeline.timeline import Timeline as Timeline
