import {Component} from "@odoo/owl";
import {deserializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {moment} from "../display";

const KINDS = [
    {key: "shown", label: _t("Probability by the scorecard")},
    {key: "new", label: _t("Points of the scorecard")},
    {key: "hand", label: _t("Points by hand, as before")},
    {key: "odoo", label: _t("Odoo's own scoring")},
    {key: "base", label: _t("The same for all")},
];
// Standard errors that are no chance any more.
const MOST_DRIFT = 3;
// Length of the picture's sides, around them, above them, and of the bars' ends.
const SIDE = 240;
const FRAME = 40;
const TOP = 12;
const END = 3;

/** How good a scorecard is, and whether it still holds. */
export class ScorecardQuality extends Component {
    static template = "sales_nemo.ScorecardQuality";
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
        this.kinds = KINDS;
        this.formatInteger = formatInteger;
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get aboutLearning() {
        const {deals, won} = this.value.learnt;
        return _t(
            "Learnt from %(deals)s closed deals, %(won)s of them won. Each deal was predicted by what the others taught. Refused leads have no outcome and are not among them: how good it is for these, nobody knows.",
            {deals: formatInteger(deals), won: formatInteger(won)}
        );
    }

    get since() {
        return _t("Since it was published on %s", moment(this.value.since.date));
    }

    get qualitySince() {
        const {auc, brier, log_loss: loss} = this.value.since.quality;
        return _t("AUC %(auc)s, Brier %(brier)s, log loss %(loss)s.", {
            auc: this.number(auc),
            brier: this.number(brier),
            loss: this.number(loss),
        });
    }

    number(value, digits = 3) {
        return formatFloat(value, {digits: [16, digits]});
    }

    percent(share, digits = 1) {
        return _t("%s %%", this.number(100 * share, digits));
    }

    /** The share of the won with its interval. */
    rate({ids, won, bounds: [low, high]}) {
        return _t("%(rate)s (%(low)s to %(high)s)", {
            rate: this.percent(won / ids.length),
            low: this.percent(low),
            high: this.percent(high),
        });
    }

    drift(z) {
        return z === null ? _t("too few to tell") : this.number(z, 1);
    }

    isDrift(z) {
        return Math.abs(z || 0) > MOST_DRIFT;
    }

    month({month}) {
        return deserializeDate(month).toFormat("LLL yyyy");
    }

    get size() {
        return SIDE + 2 * FRAME;
    }

    get ticks() {
        return [0, 0.5, 1].map((share) => ({
            label: this.percent(share, 0),
            ...this.place(share, share),
        }));
    }

    get edges() {
        return {...this.place(0, 0), right: FRAME + SIDE, top: TOP};
    }

    /** Bins with deals: where they are drawn, and what they say. */
    get points() {
        return this.value.bins
            .filter(({n}) => n)
            .map(({n, won, predicted, bounds}) => {
                const ends = bounds.map((bound) => this.place(predicted, bound).y);
                const {x, y} = this.place(predicted, won / n);
                return {
                    x,
                    y,
                    ends,
                    left: x - END,
                    right: x + END,
                    title: _t(
                        "predicted %(predicted)s, won %(won)s of %(n)s (%(low)s to %(high)s)",
                        {
                            predicted: this.percent(predicted),
                            low: this.percent(bounds[0]),
                            high: this.percent(bounds[1]),
                            won,
                            n,
                        }
                    ),
                };
            });
    }

    place(across, up) {
        return {x: FRAME + SIDE * across, y: TOP + SIDE * (1 - up)};
    }

    /** Opens the deals that a number counts. */
    onOpen(ids, name) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "crm.lead",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: [["id", "in", ids]],
            context: {active_test: false},
        });
    }
}

registry.category("fields").add("scorecard_quality", {
    component: ScorecardQuality,
    supportedTypes: ["json"],
});
