import {useService} from "@web/core/utils/hooks";
import {reloadOnClose} from "./reload_record";

/**
 * @returns {Function} calls a method of the server and does the action that it returns;
 *     when a dialog that this opens is closed, a last argument, a function, is called
 */
export function useCallAction() {
    const orm = useService("orm");
    const action = useService("action");
    return async (model, method, args, reload) =>
        action.doAction(
            await orm.call(model, method, args),
            reload && reloadOnClose(reload)
        );
}
