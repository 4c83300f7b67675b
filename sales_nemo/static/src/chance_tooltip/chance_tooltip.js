import {CrmPlsTooltip} from "@crm/views/crm_form/crm_pls_tooltip_button";
import {_t} from "@web/core/l10n/translation";
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
    get learntText() {
        return _t(
            "Learnt by “%(profile)s” from %(deals)s closed records, on %(date)s. What nobody asked about, it can't know.",
            {
                profile: this.scorecard.profile,
                deals: this.scorecard.learnt.deals,
                date: day(this.scorecard.learnt.date),
            }
        );
    },
    get similarText() {
        const {n, won, bounds} = this.scorecard.similar;
        return _t(
            "Of %(count)s closed records whose answers were worth about as much, %(won)s were won; that is a rate between %(low)s and %(high)s % (in 95 % of cases), without the stage.",
            {
                count: n,
                won,
                low: this.number(100 * bounds[0]),
                high: this.number(100 * bounds[1]),
            }
        );
    },
    earned({points, best}) {
        return _t("%(points)s of %(best)s points", {
            points: this.number(points),
            best: this.number(best),
        });
    },
    range({chances: [best, worst]}) {
        return _t("%(low)s to %(high)s %", {
            low: this.number(worst),
            high: this.number(best),
        });
    },
    /** At most so many decimals, in the reader's format. */
    number(value, decimals = 0) {
        return formatFloat(value, {digits: [16, decimals], trailingZeros: false});
    },
});
