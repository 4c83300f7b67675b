import {Component, useEffect, useExternalListener, useRef, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {reloadRecord} from "../reload_record";

/** Where what each check misses is entered, in the order of the checks. */
const FIELDS = {
    reachable: ["contact_name", "email_from", "phone"],
    contacted: ["contact_outcome"],
    needs_known: ["need_name"],
    committed: ["commitment_name"],
};
const TYPED = [...Object.values(FIELDS).flat(), "contact_note", "override_reason"];
// What is judged while it is typed; a promise when it is whole: it tells its own day.
const LIVE = [...FIELDS.reachable, ...FIELDS.needs_known]
    .map((name) => `.o_field_widget[name=${name}] input`)
    .join();
const INPUTS = ":is(input, select, textarea, button):not(:disabled)";

/** How many things are still missing, on the button that waits for them. */
export class MissingCount extends Component {
    static template = "sales_nemo.MissingCount";
    static props = {...standardFieldProps};

    get text() {
        const checks = this.props.record.data[this.props.name] || [];
        const count = checks.filter(({state}) => state === "failed").length;
        return count === 1 ? _t("1 thing missing") : _t("%s things missing", count);
    }
}

/** The values of a selection field side by side: one click, and one to take it back. */
export class SelectionPills extends Component {
    static template = "sales_nemo.SelectionPills";
    static props = {...standardFieldProps};

    get field() {
        return this.props.record.fields[this.props.name];
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    onClick(value) {
        const {name, record} = this.props;
        return record.update({[name]: value !== this.value && value});
    }
}

/** Unfolds the rest of the dialog, with Odoo's own choices. */
export class Fold extends Component {
    static template = "sales_nemo.Fold";
    static props = {...standardWidgetProps};

    setup() {
        // where merging is proposed there is a choice to make
        this.state = useState({isOpen: this.props.record.data.name === "merge"});
        const root = useRef("root");
        useEffect(
            (isOpen) => {
                const form = root.el.closest(".o_form_renderer");
                form.classList.toggle("o_qualification_folded", !isOpen);
            },
            () => [this.state.isOpen]
        );
    }
}

/** A dialog that takes what is missing: it leads to it, and loses nothing typed. */
export class EntryController extends FormController {
    setup() {
        super.setup();
        this.dialogService = useService("dialog");
        if (this.env.dialogData) {
            this.env.dialogData.dismiss = () => this.confirmLoss();
        }
        const judge = useDebounced((input) => {
            // a blank at the end would be taken away under the fingers
            if (input === document.activeElement && !/\s$/.test(input.value)) {
                this.model.root.isDirty();
            }
        }, 400);
        useExternalListener(window, "input", ({target}) => {
            if (target.matches(LIVE) && this.rootRef.el?.contains(target)) {
                judge(target);
            }
        });
        useEffect(
            () => {
                (this.findMissing() || this.mainButton)?.focus();
            },
            () => [this.model.root.resId, this.model.root.data.asked_for]
        );
    }

    get mainButton() {
        return this.rootRef.el
            ?.closest(".o_dialog")
            ?.querySelector(".modal-footer .btn-primary");
    }

    get typed() {
        return TYPED.filter((name) => this.model.root.data[name]);
    }

    /** The first input in which something that is missing can be entered. */
    findMissing() {
        const {data} = this.model.root;
        const find = (selector) => this.rootRef.el?.querySelector(selector);
        for (const {key, state} of data.qualification_checks || []) {
            if (state === "failed") {
                const empty = (FIELDS[key] || []).filter((name) => !data[name]);
                const inputs = empty.map((name) => find(`[name=${name}] ${INPUTS}`));
                if (key === "criteria_met") {
                    inputs.push(find(`.o_qualification_question ${INPUTS}`));
                }
                const input = inputs.find(Boolean);
                if (input) {
                    return input;
                }
            }
        }
    }

    get isMissing() {
        const {is_qualified, name, qualification_enforcement} = this.model.root.data;
        return (
            !is_qualified && name !== "merge" && qualification_enforcement === "enforce"
        );
    }

    /** Who was refused, and presses again without anything new, is led to it. */
    async beforeExecuteActionButton(params) {
        const record = this.model.root;
        if (["action_apply", "action_enter"].includes(params.name) && record.resId) {
            await record.isDirty();
            if (!this.typed.length) {
                await reloadRecord(record);
                const missing = this.isMissing && this.findMissing();
                if (missing) {
                    // buttons can't be focused before this one is done
                    setTimeout(() => missing.focus());
                    return false;
                }
            }
        }
        return super.beforeExecuteActionButton(params);
    }

    /** Stays pending where what was typed is kept: the dialog stays, too. */
    async confirmLoss() {
        await this.model.root.isDirty();
        if (this.typed.length) {
            await new Promise((discard) => {
                const stay = () => {};
                this.dialogService.add(ConfirmationDialog, {
                    title: _t("Discard what you typed?"),
                    body: _t("What you entered here is not kept yet."),
                    confirmLabel: _t("Go on typing"),
                    confirm: stay,
                    dismiss: stay,
                    cancelLabel: _t("Discard"),
                    cancel: discard,
                });
            });
        }
    }
}

const fields = registry.category("fields");
fields.add("qualification_missing", {
    component: MissingCount,
    supportedTypes: ["json"],
});
fields.add("qualification_pills", {
    component: SelectionPills,
    supportedTypes: ["selection"],
});
registry.category("view_widgets").add("qualification_fold", {component: Fold});
registry.category("views").add("qualification_entry", {
    ...formView,
    Controller: EntryController,
});
