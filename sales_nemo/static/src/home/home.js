import {Component, onWillStart, useState} from "@odoo/owl";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

// The five steps of the story, with the views in which their work is done.
const STEPS = {
    explore: {
        title: _t("Explore the sea"),
        text: _t("Who is out there, without a lead"),
        icon: "fa-compass",
        action: "sales_nemo.res_partner_action_explore",
    },
    criteria: {
        title: _t("Create criteria"),
        text: _t("What Nemo should look like"),
        icon: "fa-list-ol",
        action: "sales_nemo.crm_qualification_profile_action",
    },
    information: {
        title: _t("Find information"),
        text: _t("Leads, and what to ask each"),
        icon: "fa-question-circle-o",
        action: "crm.crm_lead_all_leads",
    },
    nemo: {
        title: _t("Find Nemo"),
        text: _t("Who is ready, and who is not yet"),
        icon: "fa-search",
        action: "crm.crm_lead_all_leads",
    },
    decide: {
        title: _t("Decide"),
        text: _t("Into the aquarium, or back in the sea"),
        icon: "fa-trophy",
        action: "sales_nemo.crm_lead_action_board",
    },
};
// The narrowest that a step of the funnel gets, in percent of the first.
const LEAST_WIDTH = 3;
const OUTCOMES = ["won", "lost"];

/** A number of the page: opens the records that it counted. */
export class HomeNumber extends Component {
    static template = "sales_nemo.HomeNumber";
    static props = {
        number: {type: Object},
        title: {type: String, optional: true},
        open: {type: Function},
        class: {type: String, optional: true},
        slots: {type: Object, optional: true},
    };

    get label() {
        return [this.props.title, this.props.number.label].filter(Boolean).join(": ");
    }
}

/** What happens from the sea to the aquarium, and what to do about it today. */
export class QualificationHome extends Component {
    static template = "sales_nemo.Home";
    static components = {HomeNumber, Layout};
    static props = {...standardActionServiceProps};
    static path = "qualification";
    static displayName = _t("Qualification");

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.display = {controlPanel: {}};
        this.home = useState({});
        onWillStart(async () => {
            Object.assign(this.home, await this.orm.call("crm.lead", "get_home", []));
        });
    }

    get steps() {
        return this.home.steps.map((step, index) => ({
            ...step,
            ...STEPS[step.key],
            position: index + 1,
        }));
    }

    get since() {
        return formatDate(deserializeDate(this.home.funnel.since));
    }

    /** The steps up to the opportunity, each with the widths of its two ends. */
    get funnel() {
        const steps = this.home.funnel.steps.filter(({key}) => !OUTCOMES.includes(key));
        const widths = steps.map(({rate}) => Math.max(rate, LEAST_WIDTH));
        return steps.map((step, index) => ({
            ...step,
            // It never widens again: steps may be skipped.
            points: this.getPoints(
                widths[index],
                Math.min(...widths.slice(index, index + 2))
            ),
            opacity: 1 - 0.18 * index,
            // The second step's share of the first is its rate already.
            ofBefore: index > 1 ? this.getShare(steps[index - 1], step) : "",
        }));
    }

    get outcomes() {
        const steps = this.home.funnel.steps;
        const before = steps.find(({key}) => key === "opportunity");
        return steps
            .filter(({key}) => OUTCOMES.includes(key))
            .map((step) => ({...step, ofBefore: this.getShare(before, step)}));
    }

    /** Percent of the step before; empty where steps were skipped. */
    getShare(before, step) {
        if (!before?.count || step.count > before.count) {
            return "";
        }
        return _t(
            "%s%% of the step before",
            Math.round((100 * step.count) / before.count)
        );
    }

    /** A slice of the funnel in a box of 100 × 10. */
    getPoints(top, bottom) {
        const [left, right] = [50 - top / 2, 50 + top / 2];
        return `${left},0 ${right},0 ${50 + bottom / 2},10 ${50 - bottom / 2},10`;
    }

    /** How wide the bar of a reason is, in percent of the most frequent one. */
    getBar(number) {
        return (100 * number.count) / this.home.stuck.reasons[0].count;
    }

    async open(number, title) {
        const action = await this.action.loadAction(number.action);
        const name = [title, number.label].filter(Boolean).join(": ");
        await this.action.doAction({
            ...action,
            // Not the menu's action: it has a name and a domain of its own.
            id: false,
            path: false,
            display_name: name,
            name,
            domain: number.domain,
            context: number.context,
        });
    }

    openStep(step) {
        return this.action.doAction(step.action);
    }

    async newLead() {
        const action = await this.action.loadAction("crm.crm_lead_all_leads");
        await this.action.doAction(action, {viewType: "form"});
    }
}

registry.category("actions").add("sales_nemo.home", QualificationHome);
