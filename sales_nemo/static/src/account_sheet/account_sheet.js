import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {
    deserializeDateTime,
    toLocaleDateString,
    toLocaleDateTimeString,
} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {QualificationQuestions} from "../qualification_questions/qualification_questions";

const NEED_BADGES = {
    suspected: ["text-bg-300", _t("Suspected")],
    confirmed: ["text-bg-success", _t("Confirmed")],
    not_for_us: ["text-bg-secondary", _t("Not for us")],
};

/** The Account tab of a contact: loaded when it is opened, saved as you answer. */
export class AccountSheet extends Component {
    static template = "sales_nemo.AccountSheet";
    static components = {QualificationQuestions};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({sheet: null});
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

    /** Questions by the profile that asks them, in the profiles' order. */
    get questionsByProfile() {
        const {fit, questions} = this.state.sheet;
        return fit.map(({id, profile}) => ({
            id,
            profile,
            questions: questions.filter(({profile_id}) => profile_id === id),
        }));
    }

    needBadge(need) {
        // another addon may know more states
        const [className, label] = NEED_BADGES[need.state] || [
            "text-bg-300",
            need.state,
        ];
        return {className, label};
    }

    day(value) {
        return value ? toLocaleDateString(deserializeDateTime(value)) : "";
    }

    moment(value) {
        return value ? toLocaleDateTimeString(deserializeDateTime(value)) : "";
    }

    async saveAnswer(question, value) {
        this.state.sheet = await this.orm.call("res.partner", "save_account_answer", [
            [this.partnerId],
            question.id,
            value,
        ]);
    }

    async onOpenLastContact() {
        const action = await this.orm.call("res.partner", "action_open_last_contact", [
            [this.partnerId],
        ]);
        await this.action.doAction(action);
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
