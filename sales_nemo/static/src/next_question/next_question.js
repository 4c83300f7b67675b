import {Component, onWillStart, useState} from "@odoo/owl";
import {usePopover} from "@web/core/popover/popover_hook";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {reloadOnClose, reloadRecord} from "../reload_record";
import {
    QualificationQuestions,
    saveLeadAnswer,
} from "../qualification_questions/qualification_questions";

/** The next question of a lead: answered right here, or planned as an activity. */
export class NextQuestionPopover extends Component {
    static template = "sales_nemo.NextQuestionPopover";
    static components = {QualificationQuestions};
    static props = {
        leadId: {type: Number},
        onChanged: {type: Function},
        close: {type: Function},
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({question: null, can_write: false});
        onWillStart(() => this.load());
    }

    async load() {
        const {can_write, next_question, questions} = await this.orm.call(
            "crm.lead",
            "get_qualification_sheet",
            [[this.props.leadId]]
        );
        const question = questions.find(({id}) => id === next_question);
        Object.assign(this.state, {question, can_write});
    }

    /** The answer is kept: the record around shows its next question. */
    async saveAnswer(question, value) {
        await saveLeadAnswer(this.orm, this.props.leadId, question, value);
        this.props.close();
        await this.props.onChanged();
    }

    async onPlan() {
        const action = await this.orm.call("crm.lead", "action_plan_question", [
            [this.props.leadId],
        ]);
        this.props.close();
        await this.action.doAction(
            action,
            reloadOnClose(() => this.props.onChanged())
        );
    }
}

/** The question that most helps a lead through the gate, on cards and in lists. */
export class NextQuestion extends Component {
    static template = "sales_nemo.NextQuestion";
    static props = {...standardFieldProps};

    setup() {
        this.popover = usePopover(NextQuestionPopover, {
            popoverClass: "o_next_question_popover",
            position: "bottom-start",
        });
    }

    get question() {
        return this.props.record.data[this.props.name]?.display_name;
    }

    get isInList() {
        return this.env.config?.viewType === "list";
    }

    onOpen(ev) {
        this.popover.open(ev.currentTarget, {
            leadId: this.props.record.resId,
            onChanged: () => reloadRecord(this.props.record),
        });
    }
}

registry.category("fields").add("qualification_question", {
    component: NextQuestion,
    supportedTypes: ["many2one"],
    relatedFields: [{name: "display_name", type: "char"}],
});
