"""What a press office writes: releases, and when they may be public."""
