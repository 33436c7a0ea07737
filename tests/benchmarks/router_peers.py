"""What stands between a caller and two containers: the local router, HAProxy, nginx, or nothing.

Each splits as it is told, looks at the same key, takes the endpoint's name off the path, and works in one thread. The
local router and nginx write an access log; HAProxy, which logs to a syslog server alone, does not.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.table import Credential, EndpointRoute, RouteTable, SlotRoute
from tests.benchmarks.serving_process import free_port

KEY = "key"
_START_S = 10.0
_POLL_S = 0.02
_HAPROXY = """
global
  nbthread 1
  stats socket {folder}/haproxy.sock level admin
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend endpoint
  bind 127.0.0.1:{port}
  acl known req.hdr(authorization) -m str "Bearer {key}"
  http-request deny deny_status 401 unless known
  http-request replace-path /shop(/.*) \\1
  default_backend slots
backend slots
  balance roundrobin
  http-reuse always
  server blue 127.0.0.1:{blue} weight {weight}
  server green 127.0.0.1:{green} weight {rest}
"""
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 4096; }}
http {{
  access_log {folder}/nginx.access.log combined buffer=64k flush=1s;
  client_body_temp_path {folder}/nginx.body;
  keepalive_requests 1000000000;
  client_max_body_size 64m;
  map $http_authorization $known {{ default 0; "Bearer {key}" 1; }}
  upstream slots {{
    server 127.0.0.1:{blue} weight={weight};
    server 127.0.0.1:{green} weight={rest};
    keepalive 64;
    keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port};
    location /shop/ {{
      if ($known = 0) {{ return 401; }}
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_pass http://slots/;
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the containers; `process` is what stands between, `shift` changes blue's percentage."""

    port: int
    prefix: str
    process: psutil.Process | None = None
    shift: Callable[[int], Awaitable[None]] | None = None


Opened = Callable[[Path, Sequence[int], int], AbstractAsyncContextManager[Way]]
"""Opens a way: a folder for its files, the ports of blue and green, blue's percentage."""


@asynccontextmanager
async def direct(_folder: Path, ports: Sequence[int], _blue: int) -> AsyncIterator[Way]:
    """Blue itself."""
    yield Way(ports[0], "")


@asynccontextmanager
async def router(folder: Path, ports: Sequence[int], blue: int) -> AsyncIterator[Way]:
    """The local Azure ML's own."""
    client = RouterClient(folder)
    await client.start()
    try:

        async def shift(percent: int) -> None:
            await client.apply(_table(ports, percent))

        await shift(blue)
        yield Way(client.port, "/shop", psutil.Process(client.pid), shift)
    finally:
        await client.stop()


@asynccontextmanager
async def haproxy(folder: Path, ports: Sequence[int], blue: int) -> AsyncIterator[Way]:
    """HAProxy; weights change over its runtime socket."""

    async def shift(percent: int) -> None:
        words = f"set server slots/blue weight {percent}; set server slots/green weight {100 - percent}\n"
        reader, writer = await asyncio.open_unix_connection(folder / "haproxy.sock")
        writer.write(words.encode())
        await reader.read()
        writer.close()

    port = free_port()
    file = folder / "haproxy.cfg"
    file.write_text(_filled(_HAPROXY, folder, port, ports, blue))
    with _Running(["haproxy", "-db", "-f", str(file)], port) as process:
        yield Way(port, "/shop", process, shift)


@asynccontextmanager
async def nginx(folder: Path, ports: Sequence[int], blue: int) -> AsyncIterator[Way]:
    """nginx; weights change by a new configuration in new processes, which is not compared."""
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(_filled(_NGINX, folder, port, ports, blue))
    with _Running(["nginx", "-p", str(folder), "-c", str(file)], port) as process:
        yield Way(port, "/shop", process)


WAYS: dict[str, Opened] = {"direct": direct, "router": router, "HAProxy": haproxy, "nginx": nginx}


def available() -> tuple[dict[str, Opened], list[str]]:
    """The ways that can be measured here, and those that cannot, in words."""
    missing = [name for name in ("HAProxy", "nginx") if shutil.which(name.lower(), path=_search_path()) is None]
    found = {name: opened for name, opened in WAYS.items() if name not in missing}
    return found, [f"{name} is not installed" for name in missing]


def _search_path() -> str:
    """Both are system programs, whose folder a user's own path may lack."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin"


def _filled(template: str, folder: Path, port: int, ports: Sequence[int], blue: int) -> str:
    places = {"blue": ports[0], "green": ports[1], "weight": blue, "rest": 100 - blue}
    return template.format(folder=folder, port=port, key=KEY, **places)


class _Running:
    """A proxy's process, from its first accepted connection on."""

    def __init__(self, line: list[str], port: int) -> None:
        program = shutil.which(line[0], path=_search_path())
        assert program is not None
        self._line = [program, *line[1:]]
        self._port = port

    def __enter__(self) -> psutil.Process:
        self._process = subprocess.Popen(self._line, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + _START_S
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > until:
                self._process.kill()
                raise SystemExit(f"{self._line[0]} does not start: {self._process.communicate()[1]}")
            time.sleep(_POLL_S)
        return psutil.Process(self._process.pid)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def _accepts(self) -> bool:
        found = psutil.Process(self._process.pid).net_connections("tcp")
        return any(each.status == psutil.CONN_LISTEN and each.laddr.port == self._port for each in found)


def _table(ports: Sequence[int], blue: int) -> RouteTable:
    slots = {
        name: SlotRoute((f"127.0.0.1:{port}",), max_concurrent=100)
        for name, port in zip(("blue", "green"), ports, strict=True)
    }
    weights = {"blue": blue, "green": 100 - blue}
    return RouteTable({"shop": EndpointRoute("key", (Credential.of(KEY),), weights, {}, slots)})
