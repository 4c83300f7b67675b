import {CrmPlsTooltip} from "@crm/views/crm_form/crm_pls_tooltip_button";
import {patch} from "@web/core/utils/patch";
import {formatFloat} from "@web/core/utils/numbers";
import {day} from "../display";

/** Odoo's tooltip of the probability; where a profile has learnt it, with its reasons. */
CrmPlsTooltip.template = "sales_nemo.PlsTooltip";

patch(CrmPlsTooltip.prototype, {
    /** What the server told of the reasons; undefined where Odoo's scoring gives it. */
    get scorecard() {
        return this.props.top3Data?.find((one) => one.field === "scorecard");
    },
    /** What is known, what counts most first. */
    get reasons() {
        const distance = (one) => Math.abs(one.points - one.mean);
        return this.scorecard.questions
            .filter((one) => one.points !== null)
            .sort((a, b) => distance(b) - distance(a));
    },
    /** What is not known, what moves the chance most first. */
    get open() {
        const move = ({chances: [best, worst]}) => best - worst;
        return this.scorecard.questions
            .filter((one) => one.chances)
            .sort((a, b) => move(b) - move(a));
    },
    get learntOn() {
        return day(this.scorecard.learnt.date);
    },
    /** At most so many decimals, in the reader's format. */
    number(value, decimals = 0) {
        return formatFloat(value, {digits: [16, decimals], trailingZeros: false});
    },
});
