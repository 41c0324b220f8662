"""Getting it out and knowing that it arrived: plan, dispatch, receipts, recovery."""
