"""The same from coroutines."""

from __future__ import annotations

import ast
import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import component, free_port
from release_management import AsyncReleaseManager, Refused, ReleaseManager, aio, errors


def test_it_is_what_the_generator_writes() -> None:
    generator = Path(__file__).parent.parent / "generate.py"
    written = subprocess.run([sys.executable, generator, "--check"], check=False)
    assert written.returncode == 0, "run `python python/generate.py`"
    public = {name for name in vars(ReleaseManager) if not name.startswith("_")}
    assert public <= set(dir(AsyncReleaseManager)), public - set(dir(AsyncReleaseManager))
    assert ast.parse(Path(aio.__file__).read_text())


def test_a_release_goes_out_beside_other_coroutines(place: str, build: Callable[..., Path]) -> None:
    async def story() -> None:
        async with AsyncReleaseManager() as rm:
            await rm.configure_environments({"production": {}})
            await rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{free_port()}"})})
            await rm.setup_release_pipeline("main")
            await rm.configure_deployment_strategy("recreate", {"soak": 1})
            await rm.create_release("1.0.0", {"api": build("1.0.0")})
            events = rm.follow_events(after=0)
            first = await anext(events)
            assert first.position == 1
            plan = await rm.plan_deployment("1.0.0", "production")
            deployment = await rm.start(plan)
            seen: list[str] = []
            waiting = asyncio.create_task(
                rm.wait(deployment, timeout=300, progress=lambda rollout: seen.append(rollout.state))
            )
            turns = 0
            while not waiting.done():
                await asyncio.sleep(0.01)
                turns += 1
            assert (await waiting).succeeded and turns > 5 and seen[-1] == "succeeded"
            watched = [rollout.state async for rollout in rm.watch(deployment.ids[0])]
            assert watched == ["succeeded"]
            with pytest.raises(errors.UnknownRelease):
                await rm.release("9.9.9")
            with pytest.raises(Refused):
                await rm.deploy("1.0.0", "production")
            several = await asyncio.gather(*(rm.releases() for _ in range(20)))
            assert all(one[0].version == "1.0.0" for one in several)
            # Cancelled while it waits for an event that does not come.
            endless = asyncio.create_task(_last(rm))
            await asyncio.sleep(0.2)
            endless.cancel()
            with pytest.raises(asyncio.CancelledError):
                await endless
            await events.aclose()  # type: ignore[attr-defined]

    asyncio.run(story())


async def _last(rm: AsyncReleaseManager) -> None:
    async for _ in rm.follow_events():
        pass


def test_it_says_how_to_begin() -> None:
    rm = AsyncReleaseManager(url="http://127.0.0.1:9")
    with pytest.raises(RuntimeError, match="async with"):
        rm.manager
