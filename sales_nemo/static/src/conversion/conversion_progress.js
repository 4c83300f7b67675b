import {
    Component,
    onWillDestroy,
    onWillStart,
    onWillUpdateProps,
    useState,
} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const RUNNING = ["waiting", "running"];
const CHANNEL = "crm.lead.conversion.job/progress";
// Asked so often (ms), in case the bus is silent.
const POLL = 3000;

/** How far a conversion is, told by the bus, and asked where the bus is silent. */
export class ConversionProgress extends Component {
    static template = "sales_nemo.ConversionProgress";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.state = useState({progress: this.props.record.data[this.props.name]});
        this.onMessage = (message) => {
            if (message.id === this.props.record.resId) {
                this.update(message);
            }
        };
        onWillStart(() => {
            this.bus.subscribe(CHANNEL, this.onMessage);
            this.timer = browser.setInterval(() => this.poll(), POLL);
        });
        onWillUpdateProps(({record, name}) => {
            this.state.progress = record.data[name];
        });
        onWillDestroy(() => {
            this.bus.unsubscribe(CHANNEL, this.onMessage);
            browser.clearInterval(this.timer);
        });
    }

    get isRunning() {
        return RUNNING.includes(this.state.progress?.state);
    }

    get percent() {
        const {done, total} = this.state.progress;
        return total ? Math.floor((100 * done) / total) : 100;
    }

    get treated() {
        return _t("%(done)s of %(total)s leads treated", this.state.progress);
    }

    async poll() {
        const {resModel, resId} = this.props.record;
        if (this.isRunning && resId) {
            this.update(
                await this.orm.silent.call(resModel, "get_progress", [[resId]])
            );
        }
    }

    async update({state, done, total}) {
        const wasRunning = this.isRunning;
        this.state.progress = {state, done, total};
        if (wasRunning && !this.isRunning) {
            // the result is there
            await this.props.record.load();
        }
    }
}

registry.category("fields").add("conversion_progress", {
    component: ConversionProgress,
    supportedTypes: ["json"],
});
