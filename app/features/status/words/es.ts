import type { StatusWords } from './status-words.ts';

export const ES: StatusWords = {
  title: 'Estado de nuestra atención',
  overall: {
    operational: 'Todo funciona',
    degraded_performance: 'Algunos servicios están lentos o limitados',
    partial_outage: 'Una parte de nuestra atención no funciona',
    major_outage: 'No se nos puede contactar como de costumbre',
    under_maintenance: 'Hay un mantenimiento previsto en curso',
    unknown: 'El estado no se conoce en este momento',
  },
  state: {
    operational: 'Funciona',
    degraded_performance: 'Lento o limitado',
    partial_outage: 'Funciona en parte',
    major_outage: 'No funciona',
    under_maintenance: 'Mantenimiento',
    unknown: 'No se sabe',
  },
  update: {
    investigating: 'En investigación',
    identified: 'Causa encontrada',
    monitoring: 'En observación',
    resolved: 'Resuelto',
    postmortem: 'Balance',
    scheduled: 'Previsto',
    in_progress: 'En curso',
    completed: 'Terminado',
    cancelled: 'Cancelado',
  },
  now: 'Qué no funciona ahora',
  planned: 'Mantenimiento previsto',
  components: 'Estado de cada servicio',
  past: 'Los últimos 14 días',
  noneInPast: 'No se ha informado de nada.',
  history: 'Historial',
  allMonths: 'Todos los meses',
  noneEver: 'Todavía no se ha informado de nada.',
  back: 'Estado actual',
  affected: 'Afectado',
  started: 'Desde',
  lasted: 'Duración',
  minutes: (n) => `${n} min`,
  hours: (n) => `${n} h`,
  from: 'De',
  to: 'a',
  daysAgo: 'Hace 90 días',
  today: 'Hoy',
  passed: (passed, watched) =>
    `Todas las comprobaciones salieron bien ${passed} de ${watched} días observados`,
  notWatched: 'Aún sin observar',
  badDays: 'Días con comprobaciones fallidas',
  legend: {
    passed: 'todas las comprobaciones salieron bien',
    some: 'fallaron algunas',
    many: 'falló una décima parte o más',
    none: 'sin observar o aún sin saber',
  },
  formula:
    'Cada barra es un día (UTC). Solo cuentan las comprobaciones con respuesta; si se comprueban varias cosas, cuenta la peor.',
  asOf: 'A fecha de',
  stale: (time) =>
    `Esta página no se ha podido actualizar desde ${time}. No sabemos si lo que funcionaba sigue funcionando.`,
  feeds: 'Seguir por RSS/Atom',
  contact: 'Contacto',
  auto: {
    title: (component) => `${component}: fuera de servicio`,
    investigating: (component, since, email) =>
      `${component}: fuera de servicio desde ${since}. Estamos buscando la causa. Escríbanos a ${email}: leemos cada mensaje.`,
    unsteady: (component, since, email) =>
      `${component}: fallos repetidos desde ${since}. Estamos buscando la causa. Escríbanos a ${email}: leemos cada mensaje.`,
    monitoring: (component, since) =>
      `${component}: de nuevo en servicio desde ${since}. Seguimos observando.`,
    resolved: (component, since) =>
      `${component}: de nuevo en servicio desde ${since}. El problema está resuelto.`,
    merged: 'Esto forma parte ahora de otra incidencia: allí publicamos las novedades.',
    next: (time) => `Próxima información a más tardar el ${time}.`,
  },
  banner: {
    down: (what, email) => `${what}. Escríbanos a ${email}.`,
    byHand: (email) => `Las respuestas tardan más de lo habitual. Escríbanos a ${email}.`,
    more: 'Detalles',
    close: 'Cerrar',
  },
};
