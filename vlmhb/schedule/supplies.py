"""What a run takes from this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vlmhb.schedule.availability import Offer
from vlmhb.schedule.card_desk import CardRules
from vlmhb.schedule.cards import Cards
from vlmhb.schedule.envs import Envs
from vlmhb.schedule.weights import WeightsSource
from vlmhb.system.gpu_memory import NvmlCards


@dataclass(frozen=True, slots=True)
class Supplies:
    """Envs, weights, secrets and cards for the workers."""

    envs: Envs
    weights: WeightsSource
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Name -> value of the host's variables that the models name, those that are set."""
    cards: Cards = field(default_factory=NvmlCards)
    rules: CardRules = field(default_factory=CardRules)

    @property
    def offer(self) -> Offer:
        """What models may need and this machine has or has not."""
        return Offer(self.cards.gpus, self.cards.driver, self.secrets, self.envs.offline)
