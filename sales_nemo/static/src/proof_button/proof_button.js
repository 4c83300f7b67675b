import {Component} from "@odoo/owl";

/** Opens the proof of a fact; without one, takes the last contact as its proof. */
export class ProofButton extends Component {
    static template = "sales_nemo.ProofButton";
    static props = {
        hasProof: {type: Boolean},
        canProve: {type: Boolean},
        onClick: {type: Function},
    };
}
