/** With the rules of all zones for the years 1970 to 2030; those of all times would be five times the size. */
export { default as moment } from 'moment-timezone/builds/moment-timezone-with-data-1970-2030'
