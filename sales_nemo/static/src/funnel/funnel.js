import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

// The narrowest that a step gets, in percent of the first.
const LEAST_WIDTH = 3;

/** The steps from what came in to what was won, each as wide as many made it. */
export class Funnel extends Component {
    static template = "sales_nemo.Funnel";
    static props = {
        // What the server counted: key, label, count, rate and days; lost is the last.
        steps: Array,
        // Of the qualified ones: those that passed, and those that never did.
        parts: Array,
        open: Function,
    };

    /** The steps up to what was won, each with the widths of its two ends. */
    get steps() {
        const steps = this.props.steps.filter(({key}) => key !== "lost");
        const all = steps[0].count || 1;
        const widths = steps.map(({count}) =>
            Math.max((100 * count) / all, LEAST_WIDTH)
        );
        return steps.map((step, index) => ({
            ...step,
            points: this.getPoints(widths[index], widths[index + 1] ?? widths[index]),
            opacity: 1 - 0.15 * index,
        }));
    }

    get lost() {
        return this.props.steps.find(({key}) => key === "lost");
    }

    get lostRate() {
        return _t("%s of all that came in", this.getRate(this.lost));
    }

    getRate(step) {
        return step.rate === null ? "–" : _t("%s %", Math.round(step.rate));
    }

    getDays(step) {
        if (step.days === null) {
            return "";
        }
        const days = Math.round(step.days);
        return days === 1 ? _t("in 1 day") : _t("in %s days", days);
    }

    /** A slice of the funnel in a box of 100 × 10. */
    getPoints(top, bottom) {
        const [left, right] = [50 - top / 2, 50 + top / 2];
        return `${left},0 ${right},0 ${50 + bottom / 2},10 ${50 - bottom / 2},10`;
    }
}
