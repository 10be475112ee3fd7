"""Bluetooth controllers of bumble that hear each other: a real stack above, no hardware below."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bumble import hci, ll
from bumble.controller import Controller
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink, PacketParser, Transport

CONNECTED_DBM = -47


class AirController(Controller):
    """A controller with what bumble's lacks: scan responses, given up connections, signal strength."""

    def send_advertising_pdu(self, packet: Any) -> None:
        """Send the scan response with its packet: these controllers know no scan requests."""
        if isinstance(packet, ll.AdvInd | ll.AdvExtInd):
            sets = [item for item in self.advertising_sets.values() if item.enabled]
            response = sets[0].scan_response_data if sets else self.le_legacy_advertiser.scan_response_data
            packet = dataclasses.replace(packet, data=bytes(packet.data) + bytes(response))
        super().send_advertising_pdu(packet)

    def on_hci_le_create_connection_cancel_command(self, command: Any) -> Any:
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=pending.peer_address_type,
                peer_address=pending.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_read_rssi_command(self, command: Any) -> Any:
        return hci.HCI_Read_RSSI_ReturnParameters(
            status=hci.HCI_ErrorCode.SUCCESS, handle=command.handle, rssi=CONNECTED_DBM
        )

    def unplug(self) -> None:
        """Go away: the host learns it, and everyone connected to it does."""
        self.le_legacy_advertiser.stop()
        for advertising in self.advertising_sets.values():
            advertising.stop()
        for connection in list(self.le_connections.values()):
            self.on_hci_disconnect_command(
                hci.HCI_Disconnect_Command(connection_handle=connection.handle, reason=0x15)
            )
        if self.host:
            self.host.on_transport_lost()
        self.host = None
        self.link.controllers.discard(self)
        if not self.terminated.done():
            self.terminated.set_result(None)


class Slot:
    """A place for one controller; each opening plugs a new one in, unless it is empty."""

    def __init__(self, link: LocalLink) -> None:
        self._link = link
        self.controller: AirController | None = None
        self.empty = False

    async def open(self) -> Transport:
        """Open the controller as a transport."""
        if self.empty:
            raise OSError("no controller is plugged in")
        controller = self.controller = AirController("controller", link=self._link)

        class Pulled(Transport):
            async def close(self) -> None:
                controller.unplug()

        return Pulled(controller, AsyncPipeSink(controller))

    def unplug(self) -> None:
        """Take the controller out, and let no other in."""
        self.empty = True
        if self.controller:
            self.controller.unplug()


@asynccontextmanager
async def served_controller(link: LocalLink) -> AsyncIterator[int]:
    """Serve a virtual controller as HCI over TCP; yields the port."""
    transports: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transports.append(writer)
        transport = await Slot(link).open()

        class Outlet:
            def on_packet(self, packet: bytes) -> None:
                writer.write(packet)

            def on_transport_lost(self) -> None:
                writer.close()

        transport.source.host = Outlet()
        parser = PacketParser(transport.sink)
        while data := await reader.read(4096):
            parser.feed_data(data)
        await transport.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in transports:
            writer.close()
        await server.wait_closed()
