"""The door for callbacks: what Infobip pushes goes into an archive, and 200 says that it is there.

    proofs     what a caller has to show: Basic, a secret in a header, a signature of the body
    bodies     what was posted: unpacked, JSON, with reports in it
    writing    the journal: what comes during one sync goes to disk together in the next
    replaying  the table, made of the journal every now and then
    answering  the application (Starlette); `health`, `tally` and `telling` say how it is doing
    serving    the server (uvicorn), from its port to its last sync; `crowding` limits who may call

The packages of the extra `receive` are imported in `answering` and these alone.
"""
