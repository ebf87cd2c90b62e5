/**
 * Names and patterns that several wires share.
 *
 * A stack, a service and a port name become DNS labels (`_http._tcp.web.shop.berth.internal`), so each is one label
 * of RFC 1123: lower-case letters, digits and inner hyphens, at most 63 characters.
 */
import * as z from 'zod';
import { DNS_LABEL } from './rules/texts.ts';

export { DNS_LABEL };

export const dnsLabel = z.string().regex(DNS_LABEL, {
  error: 'must be a DNS label: lower-case letters, digits and inner hyphens, at most 63 characters',
});

/** A port's name in an SRV record: `_name`; 15 characters at most, a letter among them (RFC 6335, section 5.1). */
export const PORT_NAME = /^(?=.*[a-z])[a-z0-9](?:[a-z0-9-]{0,13}[a-z0-9])?$|^[0-9]{1,5}$/;
export const portName = z.string().regex(PORT_NAME, {
  error: 'must be 1 to 15 lower-case letters, digits and inner hyphens (RFC 6335), or the port number',
});

export const taskId = z.string().regex(/^[a-z0-9-]{8,120}$/);
export const HOST_ID = /^h-[a-z0-9]{6,20}$/;
export const hostId = z.string().regex(HOST_ID);
