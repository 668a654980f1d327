"""`envspecs/<name>/envspec.yaml`: what a venv must hold."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
    model_validator,
)
from typing_extensions import Self

from vlmhb.config.issues import decode
from vlmhb.config.library import Library
from vlmhb.config.schema import (
    FileModel,
    Filled,
    List,
    Surroundings,
    UniqueList,
    problem,
    surroundings,
)
from vlmhb.config.source import read_source
from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.no_deps import NoDeps, normalised
from vlmhb.env.specifier import lowest_version
from vlmhb.errors import EnvError
from vlmhb.worker.launch import RESERVED

_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIANT = re.compile(r"cpu|cu\d{2,3}")
_LOGIN = re.compile(r"git\+https?://[^/]*@")
_DRIVER = re.compile(r"\d+(\.\d+)*")


def _module(value: str) -> str:
    if not _MODULE.fullmatch(value):
        raise problem("the name of a module, e.g. 'numpy'")
    return value


def _one_line(value: str) -> str:
    if not value.strip() or "\n" in value:
        raise problem("one requirement, e.g. 'numpy==2.2.6'")
    if "://" in value:
        raise problem("a released version; what comes from git belongs into no_deps")
    return value


def _without_dependencies(value: str) -> str:
    if NoDeps.parse(value) is None:
        raise problem("'name==version' or 'name @ git+https://...@<commit, 40 hex digits>'")
    if _LOGIN.search(value):
        raise problem("an address without a login: git takes that from its credential helper")
    return value


def _variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise problem("the name of an environment variable")
    if value in RESERVED:
        raise problem(f"a variable other than {', '.join(RESERVED)}")
    return value


def _variant(value: str) -> str:
    if not _VARIANT.fullmatch(value):
        raise problem("cpu, or cu and the digits of a CUDA version, e.g. cu124")
    return value


def _driver(value: str) -> str:
    if not _DRIVER.fullmatch(value):
        raise problem('the version of an NVIDIA driver, e.g. "525.60.13"')
    return value


def _overlay(value: str, info: ValidationInfo) -> str:
    folder = surroundings(info).folder.resolve()
    overlay = (folder / value).resolve()
    if not overlay.is_dir() or folder not in overlay.parents:
        raise problem("a folder beside envspec.yaml")
    return value


def _network(value: object) -> object:
    if value is True or value is False or value == "loopback":
        return value
    raise problem("true or false, or loopback for processes of the model that talk to each other")


_Requirement = Annotated[str, AfterValidator(_one_line)]
_Overlay = Annotated[str, AfterValidator(_overlay)]


class _VariantFile(FileModel):
    requirements: UniqueList[_Requirement] = ()
    overlay: _Overlay = ""
    min_driver: Annotated[str, AfterValidator(_driver)] = ""


class _EnvSpecFile(FileModel):
    python: str = ""
    interpreter: str = ""
    requirements: UniqueList[_Requirement] = ()
    imports: List[Annotated[str, AfterValidator(_module)]] = Field(
        description="a list of modules that a fresh env must import"
    )
    constraints: UniqueList[_Requirement] = ()
    overrides: UniqueList[_Requirement] = ()
    no_deps: UniqueList[Annotated[str, AfterValidator(_without_dependencies)]] = ()
    build: dict[str, Filled] = Field(default_factory=dict)
    variants: dict[Annotated[str, AfterValidator(_variant)], _VariantFile] = Field(
        default_factory=dict
    )
    overlay: _Overlay = ""
    variables: dict[Annotated[str, AfterValidator(_variable)], str] = Field(default_factory=dict)
    network: Annotated[Literal[True, False, "loopback"], PlainValidator(_network)] = False
    system_site_packages: bool = False
    notes: str = ""

    @field_validator("python")
    @classmethod
    def _versions(cls, value: str) -> str:
        try:
            lowest_version(value)
        except EnvError as error:
            raise problem(error.expected or "a version specifier") from error
        return value

    @field_validator("interpreter")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if not value.startswith("/"):
            raise problem("the absolute path of an existing env's Python")
        return value

    @field_validator("build")
    @classmethod
    def _in_no_deps(cls, written: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        value = {normalised(name): reason for name, reason in written.items()}
        listed = [NoDeps.parse(entry) for entry in info.data.get("no_deps", ())]
        names = {entry.name for entry in listed if entry}
        if missing := sorted(set(value) - names):
            raise problem(
                f"packages of no_deps; put {missing[0]} there with its version, and what it needs "
                "into requirements"
            )
        return value

    @model_validator(mode="after")
    def _explained(self) -> Self:
        listed = [entry for written in self.no_deps if (entry := NoDeps.parse(written))]
        if names := [entry.name for entry in listed if entry.url and entry.name not in self.build]:
            raise problem(f"a reason for {names[0]} in `build`: what comes from git is built here")
        return self

    @model_validator(mode="after")
    def _built_or_lent(self) -> Self:
        if bool(self.python) == bool(self.interpreter):
            raise problem(
                "either `python`, the versions it works with, e.g. '>=3.10,<3.13', or "
                "`interpreter`, the path of an existing env's Python"
            )
        installed = ("requirements", "constraints", "overrides", "no_deps", "build", "variants")
        ignored = [name for name in (*installed, "overlay") if getattr(self, name)]
        if self.interpreter and (ignored or self.system_site_packages):
            name = [*ignored, "system_site_packages"][0]
            raise problem(f"no `{name}` beside `interpreter`: nothing is installed there")
        return self


def read_envspec(path: Path, shown: str, library: Library) -> tuple[EnvSpec, ...]:
    """The envspec that the file describes, once per variant; its name is the folder's.

    Raises:
        ConfigError: naming every problem with its place.
    """
    where = Surroundings(library, path.parent)
    file = decode(read_source(path, shown), _EnvSpecFile, where.as_context())
    folder = path.resolve().parent
    common = file.model_dump(exclude={"variants", "network"})
    common["network"] = file.network is True
    common["loopback"] = file.network == "loopback"
    if not file.variants:
        return (EnvSpec(name=folder.name, folder=str(folder), **common),)
    return tuple(
        EnvSpec(
            name=f"{folder.name}@{variant}",
            folder=str(folder),
            variant=variant,
            **_merged(common, own),
        )
        for variant, own in file.variants.items()
    )


def _merged(common: Mapping[str, Any], own: _VariantFile) -> dict[str, Any]:
    return {
        **common,
        "requirements": (*common["requirements"], *own.requirements),
        "overlay": own.overlay or common["overlay"],
        "min_driver": own.min_driver,
    }
