"""An address as it may be shown and kept."""


def public_address(url: str) -> str:
    """`url` without what may be a secret: name and password, query and fragment.

    Of any text, an address or not.
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url
    server, slash, path = rest.partition("?")[0].partition("#")[0].partition("/")
    return f"{scheme}://{server.rpartition('@')[2]}{slash}{path}"
