import {Component, onMounted, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {KeepLast} from "@web/core/utils/concurrency";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** Who of the chosen leads would pass now, shown before anything happens. */
export class ConversionPreview extends Component {
    static template = "sales_nemo.ConversionPreview";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({preview: null, isOpen: false});
        this.mounted = new Promise((resolve) => onMounted(resolve));
        // not awaited: the dialog opens at once, the preview follows
        useRecordObserver((record) => {
            if (record.data.scope !== this.scope) {
                this.scope = record.data.scope;
                this.load();
            }
        });
    }

    get judged() {
        return _t("of the first %(judged)s of %(total)s", this.state.preview);
    }

    get more() {
        const {examples, refused} = this.state.preview;
        return _t("and %s more", refused - examples.length);
    }

    async load() {
        const context = this.props.record.context;
        const isFilter = this.scope === "filter";
        this.state.preview = null;
        const preview = await this.keepLast.add(
            this.orm.call("crm.lead2opportunity.partner.mass", "get_preview", [
                isFilter ? [] : context.active_ids || [],
                isFilter ? context.active_domain || [] : null,
            ])
        );
        this.state.preview = preview;
        // Then the dialog offers no conversion. Drawn before: it would start anew.
        await this.mounted;
        await this.props.record.update({
            passes_none: !preview.passing && preview.judged === preview.total,
        });
    }
}

registry.category("view_widgets").add("conversion_preview", {
    component: ConversionPreview,
    fieldDependencies: [
        {name: "scope", type: "selection"},
        {name: "passes_none", type: "boolean"},
    ],
});
