"""What can go wrong, and what the user reads when it does.

    InfobipAnalyticsError(ValueError)
    ├── SourceError        a file cannot be read or written, or holds nothing that can be read
    ├── ColumnError        a frame lacks a column, or an unknown one was asked for
    └── ArgumentError      an argument means nothing here (a country, a time, a code list)

    InfobipAnalyticsWarning(UserWarning)
    ├── SetAsideWarning    rows could not be read and were set aside
    └── AssumptionWarning  something was assumed that the data do not say (a time zone)

Policy: a door raises when nothing can be read, warns once when something was set aside or assumed,
and never continues silently. A room does not catch. Every message says what is wrong, where, and
what to do about it.
"""


class InfobipAnalyticsError(ValueError):
    """The base of every error that this package raises on purpose."""


class SourceError(InfobipAnalyticsError):
    """A file cannot be read or written, or a source holds nothing that can be read."""


class ColumnError(InfobipAnalyticsError):
    """A frame lacks a column that is needed, or a column was asked for that is not there."""


class ArgumentError(InfobipAnalyticsError):
    """An argument means nothing here: an unknown country, a time that cannot be read, ..."""


class InfobipAnalyticsWarning(UserWarning):
    """The base of every warning that this package gives."""


class SetAsideWarning(InfobipAnalyticsWarning):
    """Rows of a source could not be read; they were set aside and counted."""


class AssumptionWarning(InfobipAnalyticsWarning):
    """Something was assumed that the data do not say, such as a time zone."""
