"""The rows of payment models, against the sections that pay."""

from __future__ import annotations

import pytest

from threatsim.catalogue.payment_models import PAYMENT_MODELS, PaymentModelRow
from threatsim.scenario.sections.modality import DrgPayment, FeeSchedule, Modality, PaymentModel

MODALITY = {"finding": "F", "service": "S", "prevalence": 0.1, "care_cost": 1}


@pytest.mark.parametrize("row", PAYMENT_MODELS.values(), ids=PAYMENT_MODELS)
def test_a_row_leads_to_a_section_of_a_modality(row: PaymentModelRow) -> None:
    section = row.resolve()
    assert issubclass(section, PaymentModel)
    assert set(row.grows_with) <= set(section.model_fields)
    assert set(section.model_fields if not row.key else [row.key]) <= set(Modality.model_fields)


def test_a_modality_pays_as_its_model_does() -> None:
    drg = {"base_rate": 1000, "weight_negative": 0.5, "weight_positive": 2}
    by_group = Modality.model_validate({**MODALITY, "drg": drg})
    assert by_group.fees == DrgPayment.model_validate(drg).fees == (500, 2000)
    fees = {"fee_negative": 20, "fee_positive": 90}
    for billed, paid in (("instead", (20, 90)), ("beside", (20, 110))):
        schedule = {**fees, "billed": billed}
        assert FeeSchedule.model_validate(schedule).fees == paid
        assert Modality.model_validate({**MODALITY, **schedule}).fees == paid
    assert Modality.model_validate({**MODALITY, **fees}).fees == (20, 90)
    with pytest.raises(ValueError, match="fee_negative"):
        Modality.model_validate(MODALITY).fees  # noqa: B018
