"""Answers that refuse to answer, or say that there is nothing to be read."""

import re

from rapidfuzz.distance import Levenshtein

from vlmhb.report.error_classes.spelling import LIKE, folded, in_any_case, is_yes_or_no, tidy

BEGINNING_CHARS = 160
# Marks are gone by then: `don't` is `don t`.
REFUSES = re.compile(
    r"""^(?:
    (?:but|well)?\ ?(?:sorry|unfortunately|unable\ to|can\ ?not|can\ t|could\ not|couldn\ t)\b
    | i\ (?:am|m)\ (?:really\ )?(?:sorry|afraid|unable|not\ able) | i\ apologi[sz]e
    | (?:i|we)\ (?:can\ ?not|can\ t|could\ not|couldn\ t|do\ not\ see|don\ t\ see|see\ no)\b
    | i\ (?:do\ not|don\ t)\ (?:know|have)\b | as\ an\ ai\b
    | к\ сожалению\b | извините\b | простите\b
    | (?:я\ )?не\ (?:могу|вижу|знаю|способ[а-я]+|удалось|удаётся|удается)\b | невозможно\b
    | 죄송 | 미안 | 抱歉 | 对不起 | 很抱歉
    )""",
    re.VERBOSE,
)
DENIES = re.compile(
    r"""
    \bi\ (?:am|m)\ (?:sorry|unable) | \bas\ an\ ai\b
    | \b(?:i|we)\ (?:can\ ?not|can\ t|could\ not|couldn\ t|do\ not\ see|don\ t\ see)\b
    | \bcan\ ?not\ be\ (?:read|determined|found|seen|identified)\b
    | \b(?:is|are)\ not\ (?:visible|legible|readable|specified|stated|provided|present|given|shown
        |mentioned|available|listed)\b
    | \b(?:image|document|page|picture|photo|scan|text|form|invoice|receipt)\ (?:does\ not|doesn\ t)
        \ (?:appear\ to\ )?(?:contain|show|mention|include|specify|state|provide|have|list
        |indicate)\b
    | ^there\ (?:is|are)\ no\ (?:\w+\ ){1,5}(?:in|on|visible|shown|available|provided|mentioned
        |given|listed|present)\b
    | ^no\ (?:\w+\ ){1,4}(?:found|visible|available|provided|present|given|specified|detected
        |mentioned|shown|listed|identified)$
    | ^(?:\w+\ ){0,4}not\ (?:found|visible|specified|stated|provided|available|applicable|mentioned
        |given|present|shown|legible|readable|clear)(?:\ (?:in|on)\ the\ \w+)?$
    | ^(?:n/a|n\ a|none|null|unknown|unanswerable|illegible|unreadable|blank
        |no\ (?:answer|data|information|text|value))?$
    | \bя\ не\ (?:могу|вижу|знаю|способ[а-я]+)\b
    | \bневозможно\ (?:прочитать|определить|разобрать|распознать)\b
    | ^(?:\w+\ ){0,4}(?:отсутству[а-я]+|нечитаем[а-я]*|неразборчив[а-я]*|неизвестн[а-я]+
        |не\ (?:указан|найден|определен|определён|обнаружен|виден|видн|известн|представлен
        |предоставлен|заполнен|читае|содерж)[а-я]*)(?:\ (?:в|на)\ \w+(?:\ \w+)?)?$
    | ^(?:в|на)\ (?:\w+\ ){1,3}(?:нет|отсутству[а-я]+|не\ (?:указан|найден|обнаружен|видн|виден
        |содерж)[а-я]*)\b
    | ^нет$ | \bнет\ (?:так|данн|информац|сведен|текст|ответ)[а-я]*
    | \bне\ (?:указан[оаы]?|содержит(?:ся)?|видн[оаы])\ (?:в|на)\b
    | (?:할|볼|읽을|알|찾을)\ 수\ 없(?:습니다|어요|음|다|네요)
    | (?:정보|내용|텍스트|글자|데이터|항목)(?:가|이|는|은)?\ 없(?:습니다|어요|음|다)
    | (?:확인|식별|인식|표시|기재|명시|포함|언급)되(?:지|어\ 있지)\ 않
    | ^(?:없음|없습니다|없다|해당\ ?사항\ 없음|해당\ 없음|미기재|확인\ 불가|판독\ 불가)$
    | 无法(?:识别|确定|看到|读取|回答) | 未(?:找到|提供|显示|注明) | ^(?:无|没有|未知)$
    """,
    re.VERBOSE,
)


def is_refusal(text: str) -> bool:
    """Whether a text begins with a refusal in English, Russian, Korean or Chinese."""
    beginning = _beginning(text)
    return bool(REFUSES.search(beginning) or DENIES.search(beginning))


def refuses(answer: str, target: str, *, is_page: bool = False) -> bool:
    """Whether an answer refuses where its target does not, and does not begin like that.

    That there is no such thing is an answer where yes or no is asked, and words like any others
    in the text of a page.
    """
    beginnings = (folded(text)[:BEGINNING_CHARS] for text in (answer, target))
    if Levenshtein.normalized_similarity(*beginnings, score_cutoff=LIKE):
        return False
    beginning = _beginning(answer)
    may_deny = not is_yes_or_no(target) and not (is_page and len(answer) > BEGINNING_CHARS)
    found = REFUSES.search(beginning) or (may_deny and DENIES.search(beginning))
    return bool(found) and not is_refusal(target)


def _beginning(text: str) -> str:
    return in_any_case(tidy(text[:BEGINNING_CHARS]))
