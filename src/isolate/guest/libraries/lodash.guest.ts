export { default as _ } from 'lodash'
