"""A small desk with articles, and a flow that answers from them."""

FLOWS = """
settings: {languages: [en, de]}
flows:
  ask:
    description: A question that articles may answer.
    triggers: [{intent: ask}]
    steps:
      - id: article
        answer: {mode: MODE}
      - say: "Nothing about that."
        if: not steps.article.found
      - say: "({{ steps.article.mode }}: {{ steps.article.articles | map(attribute='name') | join(', ') }})"
        if: steps.article.found
  ask_twice:
    description: Answers what the contact says when asked, from one article alone.
    triggers: [{intent: ask_twice}]
    steps:
      - collect: topic
      - id: article
        answer: {question: "{{ slots.topic }}", articles: [parking]}
      - say: "Nothing about {{ slots.topic }}."
        if: not steps.article.found
slots:
  topic: {type: text}
responses:
  utter_ask_topic: [{text: "What about?"}]
nlu:
  - intent: ask
    examples: |
      - how long does a refund take
      - do you sell bananas
      - where do I park
  - intent: ask
    language: de
    examples: |
      - wie lange dauert eine Erstattung
  - intent: ask_twice
    examples: |
      - I have a question
"""
REFUNDS = """---
title: Refunds
url: https://help.example.com/refunds
questions: [how do I get my money back]
---
You can ask for a refund within 30 days.

## How long it takes

A refund takes 5 working days.
"""
REFUNDS_DE = """---
title: Erstattungen
questions: [wie lange dauert eine Erstattung]
---
Eine Erstattung dauert 5 Werktage.
"""
PARKING = """---
title: Parking
answer: You park behind the house, free of charge.
---
The car park is behind the house. To park costs nothing.
"""


def files(mode: str = "strict") -> dict[str, str]:
    return {
        "flows.yml": FLOWS.replace("MODE", mode),
        "knowledge/refunds.md": REFUNDS,
        "knowledge/refunds.de.md": REFUNDS_DE,
        "knowledge/parking.md": PARKING,
    }
