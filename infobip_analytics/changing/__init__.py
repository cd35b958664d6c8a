"""Why a delivery rate changed between two periods: by delivery itself, or by where messages went.

`sides` counts both, `splitting` splits the change, `judging` tells what chance may have made,
`telling` puts it into words, `change` is the answer; `periods` finds two periods in one frame.
"""

from infobip_analytics.changing.explaining import explain_change

__all__ = ["explain_change"]
