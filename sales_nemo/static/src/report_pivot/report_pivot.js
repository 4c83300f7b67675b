import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {deserializeDateTime, formatDate, serializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {formatFloat} from "@web/views/fields/formatters";
import {PivotController} from "@web/views/pivot/pivot_controller";
import {pivotView} from "@web/views/pivot/pivot_view";
import {Funnel} from "../funnel/funnel";

const FUNNEL = "crm.qualification.funnel";
// Fields whose filters make a period.
const DATES = ["created_date", "closed_date"];
// The most rows of which rates are drawn.
const MOST_ROWS = 20;

const isDated = (leaf) =>
    Array.isArray(leaf) && DATES.includes(leaf[0]) && typeof leaf[2] === "string";

/** First and last moment that a domain names; null where it doesn't name both. */
export function getPeriod(domain) {
    const moments = domain.filter(isDated).map(([, , day]) => deserializeDateTime(day));
    if (moments.length < 2 || !moments.every(({isValid}) => isValid)) {
        return null;
    }
    return {
        start: luxon.DateTime.min(...moments),
        end: luxon.DateTime.max(...moments),
    };
}

/**
 * The same domain, earlier.
 *
 * @param {Array} domain
 * @param {String} how "year", or "period": as much earlier as its period is long
 * @returns {Array} null where it names no period
 */
export function goBack(domain, how) {
    const period = getPeriod(domain);
    if (!period) {
        return null;
    }
    const stop = period.end.plus({seconds: 1});
    const months = Math.round(stop.diff(period.start, "months").months);
    const isWhole = months && Number(period.start.plus({months})) === Number(stop);
    const length = isWhole ? {months} : {milliseconds: stop - period.start};
    const by = how === "year" ? {years: 1} : length;
    // the last second of a month is followed by a day that each month has
    const move = (day) =>
        deserializeDateTime(day).plus({seconds: 1}).minus(by).minus({seconds: 1});
    return domain.map((leaf) =>
        isDated(leaf) ? [leaf[0], leaf[1], serializeDateTime(move(leaf[2]))] : leaf
    );
}

/** The funnel of what the filters choose, and beside it that of an earlier period. */
export class FunnelPicture extends Component {
    static template = "sales_nemo.FunnelPicture";
    static components = {Funnel};
    static props = {domain: Array, model: Object};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({funnels: [], compare: ""});
        onWillStart(() => this.load(this.props.domain));
        onWillUpdateProps(({domain}) => this.load(domain));
    }

    get hasPeriod() {
        return Boolean(getPeriod(this.props.domain));
    }

    async load(domain) {
        const {compare} = this.state;
        const domains = [domain, compare && goBack(domain, compare)].filter(Boolean);
        const calls = domains.map((one) => this.orm.call(FUNNEL, "get_funnel", [one]));
        const found = await this.keepLast.add(Promise.all(calls));
        const label = (step) => ({...step, label: step.name});
        this.state.funnels = found.map(({steps, lost, parts}, index) => ({
            title: this.getTitle(domains[index]),
            steps: [...steps, lost].map(label),
            parts: parts.map(label),
        }));
    }

    getTitle(domain) {
        const period = getPeriod(domain);
        return period ? `${formatDate(period.start)} – ${formatDate(period.end)}` : "";
    }

    async onCompare(ev) {
        this.state.compare = ev.target.value;
        await this.load(this.props.domain);
    }

    open(step) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name: step.label,
            res_model: FUNNEL,
            views: [[false, "list"]],
            domain: step.domain,
        });
    }
}

/** Won rates of the rows of a pivot, each with the bounds of the true one. */
export class RatePicture extends Component {
    static template = "sales_nemo.RatePicture";
    static props = {domain: Array, model: Object};

    get rows() {
        const {model} = this.props;
        if (model.useSampleModel || !model.hasData()) {
            return [];
        }
        const all = model.getTable().rows.map((row) => ({
            title: row.title,
            indent: row.indent,
            // of all columns together
            ...Object.fromEntries(
                row.subGroupMeasurements
                    .filter(({groupId}) => !groupId[1].length)
                    .map(({measure, value}) => [measure, value])
            ),
        }));
        // rows in which something was closed; the bounds may be switched off
        const told = all.filter(({won_high: high}) => high > 0);
        return told.length > 1 ? told.slice(1, 1 + MOST_ROWS) : told;
    }

    getText(row) {
        const [rate, low, high] = [row.won_rate, row.won_low, row.won_high].map(
            (number) => formatFloat(number, {digits: [16, 1]})
        );
        const values = {rate, low, high};
        const closed = row.closed_count ?? row.won_count + row.lost_count;
        return closed >= 0
            ? _t("%(rate)s % (%(low)s–%(high)s) of %(closed)s", {...values, closed})
            : _t("%(rate)s % (%(low)s–%(high)s)", values);
    }
}

/** A pivot with a picture of its figures above it, and what its columns count. */
class ReportPivotController extends PivotController {
    static template = "sales_nemo.ReportPivotView";

    get picture() {
        return this.constructor.picture;
    }

    get explained() {
        const {activeMeasures, measures, fields} = this.model.metaData;
        return activeMeasures
            .map((name) => ({
                name,
                label: measures[name]?.string,
                help: fields[name]?.help,
            }))
            .filter(({help}) => help);
    }
}

class FunnelPivotController extends ReportPivotController {
    static picture = FunnelPicture;
}

class RatePivotController extends ReportPivotController {
    static picture = RatePicture;
}

registry
    .category("views")
    .add("qualification_funnel_pivot", {
        ...pivotView,
        Controller: FunnelPivotController,
    })
    .add("qualification_rate_pivot", {...pivotView, Controller: RatePivotController});
