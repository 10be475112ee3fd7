"""Processes that bench/proxy.py measures: one proxy each, or a few clients."""

import asyncio
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bench.proxy import Connection, Target, body, client_context


async def mitmproxy(port: int, content: bytes, folder: Path) -> None:
    from mitmproxy import http
    from mitmproxy.options import Options
    from mitmproxy.tools.dump import DumpMaster

    class Answer:
        def request(self, flow: http.HTTPFlow) -> None:
            flow.response = http.Response.make(200, content, {"content-type": "text/javascript"})

    options = Options(listen_host="127.0.0.1", listen_port=port, confdir=str(folder))
    master = DumpMaster(options, with_termlog=False, with_dumper=False)
    master.options.update(connection_strategy="lazy", upstream_cert=False, ignore_hosts=[r"^127\.0\.0\.1:"])
    master.addons.add(Answer())
    await master.run()


async def direct(port: int, content: bytes, folder: Path) -> None:
    """Serve TLS without a proxy and without an application: what the machine can do at most."""
    from devkit.proxy.authority import ensure_authority, server_context
    from devkit.web.serving import speaking

    headers = [(b"content-type", b"text/javascript"), (b"content-length", str(len(content)).encode())]

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    context = server_context(ensure_authority("panel", directory=folder))
    await asyncio.get_running_loop().create_server(speaking(answer), "127.0.0.1", port, ssl=context)
    await asyncio.Event().wait()


def client(port: int, size: int, seconds: float, direct: bool) -> None:
    """Count the requests of four threads."""
    target = Target("", port, None, direct)  # type: ignore[arg-type]
    counts = [0] * 4
    end = time.monotonic() + seconds

    def run(number: int) -> None:
        connection = Connection(target, client_context())
        while time.monotonic() < end:
            connection.get()
            counts[number] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(counts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(counts))


if __name__ == "__main__":
    name, port = sys.argv[1], int(sys.argv[2])
    if name == "client":
        client(port, int(sys.argv[3]), float(sys.argv[4]), sys.argv[5] == "1")
    else:
        serve = {"mitmproxy": mitmproxy, "direct": direct}[name]
        asyncio.run(serve(port, body(int(sys.argv[3])), Path(sys.argv[4])))
