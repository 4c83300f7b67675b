import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useCallAction} from "../call_action";
import {day, moment, useLabels} from "../display";
import {QualificationQuestions} from "../qualification_questions/qualification_questions";

const NEED_COLORS = {
    confirmed: "text-bg-success",
    not_for_us: "text-bg-secondary",
};

/** The Account tab of a contact: loaded when it is opened, saved as you answer. */
export class AccountSheet extends Component {
    static template = "sales_nemo.AccountSheet";
    static components = {QualificationQuestions};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.callAction = useCallAction();
        this.state = useState({sheet: null});
        this.needLabels = useLabels("crm.lead.need", "state");
        Object.assign(this, {day, moment, needColors: NEED_COLORS});
        onWillStart(() => this.load(this.props.record));
        onWillUpdateProps(async ({record}) => {
            if (record.resId !== this.props.record.resId) {
                await this.load(record);
            }
        });
    }

    async load({resId}) {
        this.state.sheet = resId
            ? await this.orm.call("res.partner", "get_account_sheet", [[resId]])
            : null;
    }

    get partnerId() {
        return this.props.record.resId;
    }

    getKnown(fit) {
        return _t("%(known)s of %(asked)s known", fit);
    }

    get shownPeople() {
        const {people, people_count: all} = this.state.sheet;
        return _t("%(shown)s of %(all)s people", {shown: people.length, all});
    }

    /** Questions by the profile that asks them, in the profiles' order. */
    get questionsByProfile() {
        const {fit, questions} = this.state.sheet;
        return fit.map(({id, profile}) => ({
            id,
            profile,
            questions: questions.filter(({profile_id}) => profile_id === id),
        }));
    }

    async saveAnswer(question, value) {
        this.state.sheet = await this.orm.call("res.partner", "save_account_answer", [
            [this.partnerId],
            question.id,
            value,
        ]);
    }

    async onOpenLastContact() {
        const ids = [this.partnerId];
        await this.callAction("res.partner", "action_open_last_contact", [ids]);
    }

    async open(model, id) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("account_sheet", {component: AccountSheet});
