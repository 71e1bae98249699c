/** The name under which an author's script runs inside its isolate; stack frames with any other name are not the author's. */
export const SCRIPT_NAME = 'sluice:function'
