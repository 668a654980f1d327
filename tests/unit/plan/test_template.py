"""What a template may say, and that it always ends."""
# ruff: noqa: E501 - a table reads best with one row a line

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import sample
from vlmhb.plan.template import (
    MAX_CHARS,
    VARIABLES,
    TemplateProblem,
    check_template,
    render,
    variables_of,
)

SAMPLE = replace(
    sample(question="Какой ИНН?"),
    choices=(("A", "one"), ("B", "two")),
    metadata={
        "hint": "the top",
        "rows": [["a", "b"], ["c"]],
        "l2-category": "logic",
        "items": 3,
        "absent": None,
    },
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("no braces", "no braces"),
        ("{{ question }}", "Какой ИНН?"),
        ("{{ options }}", "A. one\nB. two\n"),
        ("{% for letter, text in choices %}{{ letter }}={{ text }};{% endfor %}", "A=one;B=two;"),
        ("{{ choices[1][0] }} of {{ choices | length }}", "B of 2"),
        ("{{ doc_class }}/{{ question_type }}/{{ language }}/{{ n_pages }}", "invoice/total/ru/1"),
        ("{{ hint }}, {{ metadata.hint }}, {{ metadata['l2-category'] }}", "the top, the top, logic"),
        ("{{ metadata.items }}", "3"),
        ("{{ metadata.rows[0] | join('|') }}", "a|b"),
        ("{{ metadata.rows | tojson }}", '[["a", "b"], ["c"]]'),
        ("{{ question | tojson }}", '"Какой ИНН?"'),
        ("{{ metadata.colour | default('none') }}", "none"),
        ("{% if metadata.colour is defined %}x{% else %}y{% endif %}", "y"),
        ("{{ metadata.absent | default('none') }}", "none"),
        ("{{ question | replace('ИНН', 'КПП') | upper }}", "КАКОЙ КПП?"),
        ("{{ question[:5] ~ '&<>' }}", "Какой&<>"),
        ("{{ 'yes' if n_pages == 1 and not hint == '' else 'no' }}", "yes"),
        ("{% for x in choices %}{{ loop.index }}{% if not loop.last %},{% endif %}{% endfor %}", "1,2"),
        ('{"total": "..."} {total}', '{"total": "..."} {total}'),
        ("{{ '{question}' }}", "{question}"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("a \n", "a \n"),
        ("a\n  {% if hint %}\nb\n  {% endif %}\nc\n", "a\nb\nc\n"),
        ("a{# said to nobody #}b", "ab"),
    ],
)  # fmt: skip
def test_a_template_says_what_the_sample_has(template: str, expected: str):
    check_template(template)

    assert expected == render(template, SAMPLE)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{question}", "{{ question }} instead of {question} in its line 1"),
        ("a\n{qestion}", "{{ question }} instead of {qestion} in its line 2"),
        ("{hint}", "{{ hint }} instead of {hint}"),
        ("{{ questoin }}", "got 'questoin'; did you mean 'question'? in its line 1"),
        ("\n\n{{ x }}", "variables among question, choices, "),
        ("{{ targets }}", "no model is shown the truth"),
        ("{% if answer %}{% endif %}", "no model is shown the truth"),
        ("{{ question", "a template: "),
        ("a\n{% if hint %}", "in its line 2"),
        ("{{ question | uper }}", "No filter named 'uper'"),
        ("{{ question is nice }}", "No test named 'nice'"),
        ("{{ question | center(10) }}", "No filter named 'center'"),
        ("{{ range(9) }}", "got a call in its line 1"),
        ("{{ question.upper() }}", "got a call"),
        ("{% set a = 'x' %}", "got `set`"),
        ("{% set a %}x{% endset %}", "got `set`"),
        ("{% macro m() %}{% endmacro %}", "got `macro`"),
        ("{% include 'x' %}", "got `include`"),
        ("{% import 'x' as x %}", "got `import`"),
        ("{% extends 'x' %}", "got `extends`"),
        ("{% block b %}{% endblock %}", "got `block`"),
        ("{% filter upper %}{% endfilter %}", "alone, got FilterBlock"),
        ("{{ 'x' * 10 ** 9 }}", "got `*`"),
        ("{{ 2 ** 9999999 }}", "got `**`"),
        ("{{ '%099999999d' % 1 }}", "got `%`"),
        ("{% for x in choices recursive %}{% endfor %}", "got a loop that calls itself"),
        ("{% for a in choices %}" * 3 + "{% endfor %}" * 3, "at most 2 loops inside each other"),
        ("{{ " + "(" * 5_000 + "question" + ")" * 5_000 + " }}", "nested less deeply"),
        ("{% if hint %}" * 500 + "{% endif %}" * 500, "nested less deeply"),
    ],
)  # fmt: skip
def test_what_is_no_template_for_prompts_is_said(template: str, expected: str):
    with pytest.raises(TemplateProblem) as caught:
        check_template(template)

    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ metadata.colour }}", "the metadata has no 'colour'; it has: hint, items, l2-category, rows"),
        ("{{ metadata['colour'].x }}", "the metadata has no 'colour'"),
        ("{{ metadata.colour ~ 'x' }}", "the metadata has no 'colour'"),
        ("{{ metadata.colour | tojson }}", "the metadata has no 'colour'"),
        ("{% for x in metadata.colour %}{% endfor %}", "the metadata has no 'colour'"),
        ("{% if metadata.colour %}{% endif %}", "the metadata has no 'colour'"),
        ("{{ choices[7] }}", "tuple has no '7'"),
        ("{{ question.upper }}", "str has no 'upper'"),
        ("{{ question.__class__ }}", "str has no '__class__'"),
        ("{{ metadata.__class__.__mro__ }}", "the metadata has no '__class__'"),
        ("{{ question + 1 }}", "can only concatenate str"),
        ("{% for x in n_pages %}{% endfor %}", "not iterable"),
    ],
)  # fmt: skip
def test_what_a_sample_has_not_is_an_error_and_never_empty_text(template: str, expected: str):
    check_template(template)

    with pytest.raises(TemplateProblem, match=expected.replace("(", r"\(")):
        render(template, SAMPLE)


@pytest.mark.parametrize(
    "template",
    [
        "{{ question }}",
        "{{ question | replace('x', 'y' ~ question) }}",
        "{{ question | join(question) }}",
        "{{ question" + " | replace('x', 'xx')" * 40 + " }}",
        "{{ question" + " | tojson" * 40 + " }}",
        "{% for a in question %}{{ question }}{% endfor %}",
    ],
)
def test_a_prompt_does_not_grow_without_bound(template: str):
    long = sample(question="x" * (MAX_CHARS + 1))

    with pytest.raises(TemplateProblem, match="longer than 200,000 characters"):
        render(template, long)


def test_a_small_question_can_become_a_prompt_of_the_longest_length_and_no_longer():
    template = "{{ question }}" * (MAX_CHARS // 100)

    assert MAX_CHARS == len(render(template, sample(question="x" * 100)))
    with pytest.raises(TemplateProblem):
        render(template + "x", sample(question="x" * 100))


def test_the_variables_are_the_documented_ones_and_the_truth_is_not_among_them():
    variables = variables_of(SAMPLE)

    assert set(VARIABLES) == set(variables)
    assert "target 1" not in repr(variables)


@given(question=st.text(), hint=st.text())
def test_what_a_sample_says_is_never_read_as_a_template(question: str, hint: str):
    asked = replace(sample(question=question), metadata={"hint": hint})

    assert f"<{question}|{hint}>" == render("<{{ question }}|{{ hint }}>", asked)


@given(text=st.text())
def test_any_text_is_a_template_or_said_to_be_none(text: str):
    try:
        check_template(text)
    except TemplateProblem:
        return
    try:
        result: Any = render(text, SAMPLE)
    except TemplateProblem:
        return
    assert isinstance(result, str)


@given(st.text(alphabet=st.characters(exclude_characters="{\r")))
def test_text_without_braces_is_sent_as_it_is(text: str):
    assert text == render(text, SAMPLE)
