"""The conformance kit (contract, section 7): a kiosk is played before somebody's centre, a centre before somebody's
kiosk, and each rule of the contract says whether it held.

It is written from the contract's page and its messages alone: neither the kiosk's exchange nor the reference centre is
imported, so that what those two have misread together is found.
"""
