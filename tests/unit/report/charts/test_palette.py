import itertools
import re
from importlib import resources

import pytest

from vlmhb.report.charts.palette import COLOURS, looks_of

STYLE = (resources.files("vlmhb.report") / "templates" / "charts.css").read_text("utf-8")
PANELS = {"light": "#ffffff", "dark": "#151b23"}
# Machado, Oliveira and Fernandes 2009: what is seen without one of the three kinds of cones, on
# linear light.
BLINDNESS = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
Colour = tuple[float, float, float]


def shown(theme: str) -> list[str]:
    """The colours as charts.css shows them."""
    pairs = re.findall(r"--c\d: light-dark\((#\w+), (#\w+)\)", STYLE)
    return [pair[theme == "dark"] for pair in pairs]


def linear(colour: str) -> Colour:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def seen(colour: str, blindness: str) -> Colour:
    light = linear(colour)
    first, second, third = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, light, strict=True))))
        for row in BLINDNESS[blindness]
    )
    return oklab((first, second, third))


def oklab(light: Colour) -> Colour:
    """Ottosson 2020: distances in it are about what eyes see."""
    cones = [
        sum(a * b for a, b in zip(row, light, strict=True)) ** (1 / 3)
        for row in (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        )
    ]
    lightness, green_red, blue_yellow = (
        sum(a * b for a, b in zip(row, cones, strict=True))
        for row in (
            (0.2104542553, 0.7936177850, -0.0040720468),
            (1.9779984951, -2.4285922050, 0.4505937099),
            (0.0259040371, 0.7827717662, -0.8086757660),
        )
    )
    return lightness, green_red, blue_yellow


def test_the_style_names_every_colour_of_the_palette():
    assert list(COLOURS) == shown("light")
    for colour in COLOURS:
        assert f'[fill="{colour}"] {{' in STYLE
        assert f'[stroke="{colour}"] {{' in STYLE


@pytest.mark.parametrize("theme", PANELS)
def test_every_colour_stands_out_from_the_page(theme: str):
    panel = luminance(PANELS[theme])
    for colour in shown(theme):
        darker, lighter = sorted((panel, luminance(colour)))
        assert (lighter + 0.05) / (darker + 0.05) >= 3, colour


@pytest.mark.parametrize("theme", PANELS)
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_colours_are_told_apart_without_one_kind_of_cones(theme: str, blindness: str):
    """0.02 in OKLab is about the least difference that is seen beside each other."""
    seen_as = {colour: seen(colour, blindness) for colour in shown(theme)}
    for one, other in itertools.combinations(seen_as, 2):
        distance = (
            sum((a - b) ** 2 for a, b in zip(seen_as[one], seen_as[other], strict=True)) ** 0.5
        )
        assert distance >= 0.09, (one, other, round(distance, 3))


def test_no_two_of_many_models_look_alike():
    names = [str(number) for number in range(84)]

    assert 84 == len(set(looks_of(names).values()))
    assert looks_of(names)["7"] == looks_of(names[:8])["7"]
