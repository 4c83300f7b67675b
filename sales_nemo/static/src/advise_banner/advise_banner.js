import {Component, onMounted, status, useState} from "@odoo/owl";
import {crmKanbanView} from "@crm/views/crm_kanban/crm_kanban_view";
import {serializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {rpcBus} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {listView} from "@web/views/list/list_view";
import {useCallAction} from "../call_action";
import {LeadKanbanRenderer} from "../quick_create/quick_create";

const {DateTime} = luxon;
const PROFILE = "crm.qualification.profile";
// Days for which it is put off.
const PAUSE = 7;
// What may change what it says: policy, and the user's own settings.
const CHANGE =
    /^(crm\.qualification\.\w+ (action_|publish|web_save$|write$|unlink$)|res\.users\.settings )/;

/** Asks the server once a page load, and again after policy was changed. */
const adviseService = {
    dependencies: ["orm"],
    start(env, {orm}) {
        let asked = null;
        rpcBus.addEventListener("RPC:RESPONSE", ({detail}) => {
            const {model, method} = detail.data.params;
            if (CHANGE.test(`${model} ${method}`)) {
                asked = null;
            }
        });
        return {
            getProfiles() {
                asked ??= orm.silent.call(PROFILE, "get_advise_summary", []);
                return asked;
            },
        };
    },
};
registry.category("services").add("sales_nemo.advise", adviseService);

/** Tells managers what enforcing would have refused, with one button to turn it on. */
export class AdviseBanner extends Component {
    static template = "sales_nemo.AdviseBanner";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.advise = useService("sales_nemo.advise");
        this.callAction = useCallAction();
        this.state = useState({profiles: []});
        // after mounting: the view behind the banner never waits for it
        onMounted(() => this.load());
    }

    async load() {
        const isManager = await user.hasGroup("sales_team.group_sale_manager");
        if (isManager && status(this) === "mounted") {
            this.state.profiles = await this.advise.getProfiles();
        }
    }

    getText({name, past, blocked}) {
        const refused =
            blocked === 1
                ? _t("Enforced, it would refuse 1 open lead now.")
                : _t("Enforced, it would refuse %s open leads now.", blocked);
        const advises = _t("The qualification profile “%s” only advises.", name);
        return `${advises} ${past || refused}`;
    }

    /** Shows first what enforcing would have refused; the button is there. */
    async onEnforce(profile) {
        await this.callAction(PROFILE, "action_try_on_history", [[profile.id]], () =>
            this.load()
        );
    }

    /** The server keeps it: the user's other devices are quiet, too. */
    async onPostpone() {
        const from = DateTime.utc().plus({days: PAUSE});
        await user.setUserSettings("qualification_banner_from", serializeDate(from));
        this.state.profiles = [];
    }

    onShow(profile) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: PROFILE,
            res_id: profile.id,
            views: [[false, "form"]],
        });
    }
}

class QualificationLeadListController extends listView.Controller {
    static template = "sales_nemo.LeadListView";
    static components = {...listView.Controller.components, AdviseBanner};
}

class QualificationCrmKanbanController extends crmKanbanView.Controller {
    static template = "sales_nemo.CrmKanbanView";
    static components = {...crmKanbanView.Controller.components, AdviseBanner};
}

registry.category("views").add("qualification_lead_list", {
    ...listView,
    Controller: QualificationLeadListController,
});
registry.category("views").add("qualification_crm_kanban", {
    ...crmKanbanView,
    Controller: QualificationCrmKanbanController,
    Renderer: LeadKanbanRenderer,
});
