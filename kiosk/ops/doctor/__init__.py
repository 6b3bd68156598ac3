"""``kiosk doctor``: is this machine fit for a lesson? Each check says one cause and one cure.

A check reads; it changes nothing but a small file that it writes and takes away. It works beside a running kiosk or
without one, with broken settings too (they are a finding), and never waits long: each has a few seconds.
"""
