"""What a service loads at its start is not looked through again while it works."""

import gc

from alerting.cli.runtime import leave_to_stay


def test_the_garbage_collector_leaves_out_what_was_there_at_the_start() -> None:
    loaded = [object() for _ in range(10)]
    try:
        leave_to_stay()
        assert all(one is not loaded for one in gc.get_objects())
        assert gc.get_freeze_count() > 1_000
    finally:
        gc.unfreeze()
