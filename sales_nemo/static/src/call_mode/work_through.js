import {Domain} from "@web/core/domain";
import {patch} from "@web/core/utils/patch";
import {orderByToString} from "@web/search/utils/order_by";
import {MultiRecordViewButton} from "@web/views/view_button/multi_record_view_button";

// As many as the server takes.
const MOST_LEADS = 200;
const METHOD = "action_work_through";
const OPEN = [
    ["active", "=", true],
    ["won_status", "=", "pending"],
];

/**
 * @param {Object} orm the service
 * @param {Array} domain
 * @param {Object} options of the search
 * @returns {Promise<Array>} ids of open leads
 */
export function findOpen(orm, domain, options) {
    const open = Domain.and([domain, OPEN]).toList();
    return orm.search("crm.lead", open, {limit: MOST_LEADS, ...options});
}

/** As a list shows them, group by group. */
function getOrder({fields, groupBy = [], orderBy}) {
    const names = groupBy.map((name) => name.split(":")[0]);
    const sorted = orderBy.map(({name}) => name);
    const groups = names.filter(
        (name) => fields[name]?.sortable && !sorted.includes(name)
    );
    return [...groups, orderByToString(orderBy)].filter(Boolean).join(", ");
}

/** *Work Through* takes what is selected, or all that is found, in the list's order. */
patch(MultiRecordViewButton.prototype, {
    async onClick() {
        const {clickParams, list} = this.props;
        if (clickParams.name !== METHOD) {
            return super.onClick(...arguments);
        }
        const {action, orm} = this.env.services;
        const {context, domain, isDomainSelected, resModel, selection} = list;
        const options = {context, order: getOrder(list)};
        const ids =
            selection.length && !isDomainSelected
                ? selection.map(({resId}) => resId)
                : await findOpen(orm, domain, options);
        await action.doAction(await orm.call(resModel, METHOD, [ids]));
    },
});
