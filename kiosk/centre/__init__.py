"""The reference centre: the other side of the contract, a small service of its own.

It stands apart: of the kiosk it shares the contract's message types (`kiosk.contract`) and the leaves
`errors`, `i18n`, `config` and `engine`; nothing of the domain, the storage, the pages or the sync. It
can leave for another repository with those four files.
"""
