import {Component, useState} from "@odoo/owl";
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
        // not awaited: the dialog opens at once, the preview follows
        useRecordObserver((record) => {
            if (record.data.scope !== this.scope) {
                this.scope = record.data.scope;
                this.load();
            }
        });
    }

    async load() {
        const context = this.props.record.context;
        const isFilter = this.scope === "filter";
        this.state.preview = null;
        this.state.preview = await this.keepLast.add(
            this.orm.call("crm.lead2opportunity.partner.mass", "get_preview", [
                isFilter ? [] : context.active_ids || [],
                isFilter ? context.active_domain || [] : null,
            ])
        );
    }
}

registry.category("view_widgets").add("conversion_preview", {
    component: ConversionPreview,
    fieldDependencies: [{name: "scope", type: "selection"}],
});
